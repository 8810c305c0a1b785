/** A cloud on a free port over paper machines, and a client that has logged in to it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Cloud, type CloudOptions, createCloud } from "../../lab/cloud/cloud.ts";
import type { OvhDefinition } from "../../lab/cloud/ovh/definition.ts";
import type { CloudView } from "../../lab/cloud/state.ts";
import { PaperHypervisor } from "./paperHypervisor.ts";

export const IMAGE = { id: "b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a11", name: "tiny" };
export const OTHER_IMAGE = { id: "b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a12", name: "tiny-2" };
export const FLAVOR = { id: "edge.small", name: "edge.small", vcpus: 1, ramMib: 512, diskGib: 2 };
export const BIG_FLAVOR = { id: "edge.big", name: "edge.big", vcpus: 2, ramMib: 1024, diskGib: 2 };
export const CREDENTIALS = { userName: "lab", password: "a password of the tests", projectName: "lab" };
export const EXTERNAL_NETWORK = {
  name: "Ext-Net",
  cidr: "203.0.113.0/24",
  gateway: "203.0.113.1",
  pool: { start: "203.0.113.100", end: "203.0.113.199" },
};
export const OVH: OvhDefinition = {
  account: "xx11111-ovh",
  operator: {
    applicationKey: "7kbG7Bk7S9Nt7ZSV",
    applicationSecret: "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF",
    consumerKey: "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1",
  },
  vrack: { name: "pn-100042", hasProject: true },
  failoverIps: [
    { id: "b1d2c3e4-0000-4000-8000-000000000001", address: "198.51.100.10" },
    { id: "b1d2c3e4-0000-4000-8000-000000000002", address: "198.51.100.11" },
  ],
};

/** An answer, its JSON parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The value at a path of keys and indexes in an answer. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    assert.ok(typeof inner === "object" && inner !== null, `nothing at ${path.join(".")} of ${JSON.stringify(value)}`);
    return (inner as Record<string | number, unknown>)[key];
  }, value);
}

/** The text at a path in an answer. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  assert.ok(typeof found === "string", `no text at ${path.join(".")} of ${JSON.stringify(value)}`);
  return found;
}

/** The list at a path in an answer. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  assert.ok(Array.isArray(found), `no list at ${path.join(".")} of ${JSON.stringify(value)}`);
  return found as readonly unknown[];
}

/** Waits until the condition holds; fails after the deadline with what it is about. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `gave up waiting until ${what}`);
    await delay(5);
  }
}

export class CloudUnderTest {
  readonly folder: string;
  readonly hypervisor: PaperHypervisor;
  readonly cloud: Cloud;
  private token = "";

  private constructor(folder: string, hypervisor: PaperHypervisor, cloud: Cloud) {
    this.folder = folder;
    this.hypervisor = hypervisor;
    this.cloud = cloud;
  }

  /** Starts a cloud, in a folder of its own unless one is given, and logs in. */
  static async start(options: Partial<CloudOptions> & { readonly folder?: string } = {}): Promise<CloudUnderTest> {
    const { folder = await mkdtemp(join(tmpdir(), "vipf-cloud-")), ...rest } = options;
    const hypervisor = new PaperHypervisor();
    const cloud = await createCloud({
      port: 0,
      stateFile: join(folder, "cloud.json"),
      hypervisor,
      credentials: CREDENTIALS,
      images: [IMAGE, OTHER_IMAGE],
      flavors: [FLAVOR, BIG_FLAVOR],
      externalNetwork: EXTERNAL_NETWORK,
      ovh: OVH,
      computeHosts: 3,
      ...rest,
    });
    try {
      await cloud.listen();
    } catch (error) {
      await cloud.close();
      await rm(folder, { recursive: true });
      throw error;
    }
    const started = new CloudUnderTest(folder, hypervisor, cloud);
    await started.logIn(rest.credentials ?? CREDENTIALS);
    return started;
  }

  /** Closes the cloud; its folder stays for the next one. */
  async stop(): Promise<string> {
    await this.cloud.close();
    return this.folder;
  }

  async end(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true });
  }

  async logIn({ userName, password, projectName }: typeof CREDENTIALS): Promise<Answer> {
    const domain = { name: "Default" };
    const answer = await this.call("POST", "/identity/v3/auth/tokens", {
      auth: {
        identity: { methods: ["password"], password: { user: { name: userName, password, domain } } },
        scope: { project: { name: projectName, domain } },
      },
    });
    this.token = answer.headers.get("x-subject-token") ?? "";
    return answer;
  }

  /** One request with the token of the last login. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Answer> {
    const response = await fetch(`${new URL(this.cloud.authUrl).origin}${path}`, {
      method,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        "X-Auth-Token": this.token,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
  }

  /** A request that must succeed; gives back the answer's body. */
  async done(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<unknown> {
    const answer = await this.call(method, path, body, headers);
    assert.ok(answer.status < 400, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A request that must be refused with the status; gives back the message. */
  async refused(
    status: number,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<string> {
    const answer = await this.call(method, path, body, headers);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    const [error] = Object.values(answer.body as Record<string, unknown>);
    return typeof error === "string" ? error : textAt(error, "message");
  }

  /** Makes a Neutron resource and gives back its id. */
  async made(collection: string, name: string, attributes: Record<string, unknown>): Promise<string> {
    return textAt(await this.done("POST", `/network/v2.0/${collection}`, { [name]: attributes }), name, "id");
  }

  /** A Neutron resource as it is now. */
  async shown(collection: string, name: string, id: string): Promise<unknown> {
    return at(await this.done("GET", `/network/v2.0/${collection}/${id}`), name);
  }

  /** Changes attributes of a Neutron resource. */
  put(collection: string, name: string, id: string, attributes: Record<string, unknown>): Promise<unknown> {
    return this.done("PUT", `/network/v2.0/${collection}/${id}`, { [name]: attributes });
  }

  /** A change that must be refused; gives back the message. */
  refusedPut(
    status: number,
    collection: string,
    name: string,
    id: string,
    attributes: Record<string, unknown>,
  ): Promise<string> {
    return this.refused(status, "PUT", `/network/v2.0/${collection}/${id}`, { [name]: attributes });
  }

  /** Makes a server and gives back its id. */
  async madeServer(attributes: Record<string, unknown>, hints?: Record<string, unknown>): Promise<string> {
    const server = { name: "edge-1", imageRef: IMAGE.id, flavorRef: FLAVOR.id, ...attributes };
    const body = hints === undefined ? { server } : { server, "os:scheduler_hints": hints };
    return textAt(await this.done("POST", "/compute/v2.1/servers", body), "server", "id");
  }

  /** Makes a server and waits until it runs. */
  async activeServer(attributes: Record<string, unknown>): Promise<string> {
    const id = await this.madeServer(attributes);
    await this.serverBecomes(id, "ACTIVE");
    return id;
  }

  /** A server as it is now. */
  async server(id: string): Promise<unknown> {
    return at(await this.done("GET", `/compute/v2.1/servers/${id}`), "server");
  }

  /** The server's record in the state. */
  record(id: string): CloudView["servers"][number] | undefined {
    return this.cloud.snapshot().servers.find((server) => server.id === id);
  }

  act(id: string, action: Record<string, unknown>): Promise<unknown> {
    return this.done("POST", `/compute/v2.1/servers/${id}/action`, action);
  }

  refusedAct(status: number, id: string, action: Record<string, unknown>): Promise<string> {
    return this.refused(status, "POST", `/compute/v2.1/servers/${id}/action`, action);
  }

  async serverStatus(id: string): Promise<string> {
    const { status, body } = await this.call("GET", `/compute/v2.1/servers/${id}`);
    return status === 404 ? "gone" : textAt(body, "server", "status");
  }

  async serverBecomes(id: string, status: string): Promise<void> {
    await until(`server ${id} is ${status}`, async () => (await this.serverStatus(id)) === status);
  }

  /** A network with a subnet on a router to the outside. */
  async madeSegment(): Promise<{ networkId: string; subnetId: string; routerId: string; externalId: string }> {
    const listed = await this.done("GET", "/network/v2.0/networks?router:external=true");
    const externalId = textAt(listed, "networks", 0, "id");
    const networkId = await this.made("networks", "network", { name: "edge" });
    const subnetId = await this.made("subnets", "subnet", {
      network_id: networkId,
      cidr: "10.25.0.0/24",
      ip_version: 4,
      allocation_pools: [{ start: "10.25.0.200", end: "10.25.0.250" }],
    });
    const gateway = { network_id: externalId };
    const routerId = await this.made("routers", "router", { name: "edge", external_gateway_info: gateway });
    await this.done("PUT", `/network/v2.0/routers/${routerId}/add_router_interface`, { subnet_id: subnetId });
    return { networkId, subnetId, routerId, externalId };
  }
}
