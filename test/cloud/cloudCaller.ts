/** A client of a cloud's OpenStack APIs, doubles or real: it logs in and calls them as a program would. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Credentials } from "../../lab/cloud/state/context.ts";

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
  deadlineMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `gave up waiting until ${what}`);
    await delay(5);
  }
}

/** JSON as what it says, nothing as null, and what is none of both, as Glance's refusals in HTML, as it is. */
function bodyOf(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What servers are made of when a test does not say. */
export interface Defaults {
  readonly imageId: string;
  readonly flavorId: string;
}

/** Patience with whatever a cloud does by and by. */
const DEADLINE_MS = { doubles: 10_000, real: 120_000 } as const;

export class CloudCaller {
  readonly #origin: string;
  /** What servers are made of. */
  defaults: Defaults;
  readonly #deadlineMs: number;
  #token = "";
  #userId = "";

  constructor(authUrl: string, defaults: Defaults, played: keyof typeof DEADLINE_MS = "doubles") {
    this.#origin = new URL(authUrl).origin;
    this.defaults = defaults;
    this.#deadlineMs = DEADLINE_MS[played];
  }

  /** Who logged in last, as Keystone knows it; empty before. */
  get userId(): string {
    return this.#userId;
  }

  async logIn({ userName, password, projectName }: Credentials): Promise<Answer> {
    const domain = { name: "Default" };
    const answer = await this.call("POST", "/identity/v3/auth/tokens", {
      auth: {
        identity: { methods: ["password"], password: { user: { name: userName, password, domain } } },
        scope: { project: { name: projectName, domain } },
      },
    });
    this.#token = answer.headers.get("x-subject-token") ?? "";
    if (answer.status === 201) this.#userId = textAt(answer.body, "token", "user", "id");
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
    const response = await fetch(`${this.#origin}${path}`, {
      method,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        "X-Auth-Token": this.#token,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: bodyOf(text) };
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

  /** Waits for Neutron's agents to have made of a resource what it is to be. */
  async resourceBecomes(collection: string, name: string, id: string, status: string): Promise<void> {
    const became = async () => at(await this.shown(collection, name, id), "status") === status;
    await until(`${name} ${id} is ${status}`, became, this.#deadlineMs);
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
    const server = {
      name: "edge-1",
      imageRef: this.defaults.imageId,
      flavorRef: this.defaults.flavorId,
      ...attributes,
    };
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
    await until(`server ${id} is ${status}`, async () => (await this.serverStatus(id)) === status, this.#deadlineMs);
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
