/**
 * The recorded conversation of the real provider with a real OpenStack, replayed against the doubles: the same request
 * must get the same status and the same shape of answer. Ids are translated as they come up.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "mocha";
import { at, textAt } from "./cloudCaller.ts";
import { CloudUnderTest } from "./cloudUnderTest.ts";

interface Exchange {
  readonly client: string;
  readonly service: "keystone" | "neutron" | "nova" | "glance";
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly request: unknown;
  readonly response: unknown;
}

const fixture = new URL("../fixtures/openstack/exchanges.jsonl", import.meta.url);
const exchanges = readFileSync(fixture, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Exchange);

const PREFIX = { keystone: "/identity", neutron: "/network", nova: "/compute", glance: "/image" } as const;
const CREDENTIALS = { userName: "admin", password: "of the recording", projectName: "admin" };
const RECORDED = {
  image: "adc22d86-4dc0-4fd0-b65a-c51384977d3a",
  flavor: "3cbb944f-7da0-458d-913e-4afc57f03067",
  external: "2f5d2610-44b7-4bce-aae8-1b6b4bb25fc9",
  firstServer: "7e0dacb8-6247-4675-8f06-0bc1520b7815",
  secondServer: "4b337d63-6b19-425c-ac34-e493ae1868c1",
  secondServerAgain: "751d98d5-26d9-4b7b-9d80-d9f5151665c2",
  unrecordedServer: "11a6d932-21c6-4b21-83b6-100073509545",
  errorNetwork: "a35d38a9-225b-46af-ac5d-be734b272707",
  errorSubnet: "b6db2c5c-6367-4169-9a6d-8a2af5ab43d0",
} as const;

/** Where the doubles answer otherwise on purpose: paths in the answer. */
const ALLOWED_DIFFERENCES: readonly { readonly where: RegExp; readonly because: string }[] = [
  { where: /^token\.catalog$/, because: "there is no Placement, which only Nova's own parts talk to" },
  { where: /\bowner_specified\./, because: "what the openstack command noted on the image it uploaded" },
  { where: /\bstores$/, because: "where Glance keeps its bytes, and an image of the lab has none behind the API" },
  { where: /\b(?:virtual_)?size$/, because: "an image of the lab has no bytes behind the API" },
  { where: /\b(?:checksum|os_hash_algo|os_hash_value)$/, because: "an image of the lab has no bytes behind the API" },
  { where: /\bbinding:vif_details\.bound_drivers$/, because: "Neutron leaves it out of the answer to a PUT" },
];

function isAllowed(path: string): boolean {
  return ALLOWED_DIFFERENCES.some(({ where }) => where.test(path));
}

/** How two answers differ in keys and types, as a list of paths with what was recorded and what came. */
function differences(recorded: unknown, answered: unknown, path = ""): string[] {
  if (isAllowed(path)) return [];
  const [was, is] = [kind(recorded), kind(answered)];
  if (was !== is) return [`${path}: recorded ${was}, answered ${is}`];
  if (Array.isArray(recorded) && Array.isArray(answered)) {
    if (recorded.length !== answered.length) {
      return [`${path}: recorded ${recorded.length} items, answered ${answered.length}`];
    }
    return recorded.flatMap((item, index) =>
      differences(item, (answered as unknown[])[index], join(path, String(index))),
    );
  }
  if (was !== "object") return [];
  const [a, b] = [recorded as Record<string, unknown>, answered as Record<string, unknown>];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences(a[key], b[key], join(path, key)));
}

function kind(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** Translates recorded ids and addresses into those of the doubles, and learns new ones by comparing answers. */
class Translation {
  private readonly words = new Map<string, string>();

  set(recorded: string, here: string): void {
    this.words.set(recorded, here);
  }

  of(text: string): string {
    return [...this.words].reduce((result, [recorded, here]) => result.replaceAll(recorded, here), text);
  }

  learn(recorded: unknown, answered: unknown): void {
    if (typeof recorded === "string" && typeof answered === "string") {
      if (/^[0-9a-f-]{36}$/.test(recorded) && /^[0-9a-f-]{36}$/.test(answered)) this.set(recorded, answered);
    } else if (kind(recorded) === kind(answered) && typeof recorded === "object" && recorded !== null) {
      for (const [key, value] of Object.entries(recorded)) {
        // Names that were given, and lists that have no order, teach nothing.
        if (key !== "members") this.learn(value, (answered as Record<string, unknown>)[key]);
      }
    }
  }
}

/** The dialects the provider spoke; the recording has no headers. */
function headersOf(exchange: Exchange): Record<string, string> {
  const dialect = (version: string) => ({ "X-OpenStack-Nova-API-Version": version });
  if (exchange.path.startsWith("/v2.1/flavors/detail")) return dialect("2.55");
  if (exchange.service === "nova" && exchange.path.endsWith("/tags")) return dialect("2.26");
  if (exchange.method === "GET" && exchange.path.includes("/os-server-groups/")) return dialect("2.64");
  return {};
}

describe("recorded exchanges of the real provider with a real OpenStack", () => {
  const translation = new Translation();
  let cloud: CloudUnderTest;

  before(async () => {
    cloud = await CloudUnderTest.start({
      credentials: CREDENTIALS,
      images: [{ id: RECORDED.image, name: "tiny" }],
      flavors: [{ id: RECORDED.flavor, name: "m1.tiny", vcpus: 1, ramMib: 64, diskGib: 1 }],
      externalNetwork: {
        name: "ext",
        cidr: "203.0.113.0/24",
        gateway: "203.0.113.1",
        pool: { start: "203.0.113.100", end: "203.0.113.199" },
      },
      computeHosts: 2,
    });
  });
  after(() => cloud.end());

  const idle = (...servers: readonly string[]) =>
    Promise.all(servers.map((id) => cloud.serverBecomes(translation.of(id), "ACTIVE")));
  const deleteServer = async (id: string): Promise<void> => {
    await cloud.done("DELETE", `/compute/v2.1/servers/${translation.of(id)}`);
    await cloud.serverBecomes(translation.of(id), "gone");
  };

  /** What the recording leaves out (it keeps three of a kind) or lets time pass for, by the number of the exchange. */
  const between: Readonly<Record<number, () => Promise<unknown>>> = {
    44: () => idle(RECORDED.firstServer, RECORDED.secondServer),
    73: () => cloud.serverBecomes(translation.of(RECORDED.secondServer), "gone"),
    75: () => idle(RECORDED.secondServerAgain),
    88: async () => {
      await deleteServer(RECORDED.firstServer);
      const server = { networks: [{ uuid: translation.of("117b0d31-1f5a-4872-b64b-917ef800eb63") }] };
      translation.set(
        RECORDED.unrecordedServer,
        await cloud.madeServer({
          ...server,
          imageRef: RECORDED.image,
          flavorRef: RECORDED.flavor,
        }),
      );
      await idle(RECORDED.unrecordedServer);
    },
    89: () => cloud.serverBecomes(translation.of(RECORDED.secondServerAgain), "gone"),
    93: () => cloud.serverBecomes(translation.of(RECORDED.unrecordedServer), "gone"),
    104: async () => {
      const path = `/network/v2.0/security-group-rules/${translation.of("a8234f9a-5c4d-4111-a0c4-7cca68d74312")}`;
      assert.equal((await cloud.call("GET", path)).status, 404);
    },
    115: async () => {
      const networkId = await cloud.made("networks", "network", { name: "errors" });
      const subnet = { network_id: networkId, cidr: "10.25.0.0/24", ip_version: 4 };
      const subnetId = await cloud.made("subnets", "subnet", subnet);
      await cloud.made("ports", "port", { network_id: networkId, fixed_ips: [{ ip_address: "10.25.0.100" }] });
      translation.set(RECORDED.errorNetwork, networkId);
      translation.set(RECORDED.errorSubnet, subnetId);
    },
  };

  exchanges.forEach((exchange, index) => {
    const { service, method, path, status, request, response } = exchange;
    it(`${String(index).padStart(3, "0")} ${service} ${method} ${path} ${status}`, async () => {
      await between[index]?.();
      if (service === "keystone") {
        // The password is blanked in the recording; the login takes its place.
        const answer = await cloud.logIn(CREDENTIALS);
        assert.equal(answer.status, status);
        assert.deepEqual(differences(response, answer.body), []);
        return;
      }
      const body = request === null ? undefined : translation.of(JSON.stringify(request));
      const url = `${PREFIX[service]}${translation.of(path)}`;
      const answer = await cloud.call(method, url, body, headersOf(exchange));
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      translation.learn(response, answer.body);
      assert.deepEqual(differences(response, answer.body), []);
      if (status >= 400) assert.equal(maskIds(textOf(answer.body)), maskIds(textOf(response)));
    });
  });
});

function textOf(body: unknown): string {
  const [key] = Object.keys(body as Record<string, unknown>);
  const error = at(body, key ?? "");
  return `${key ?? ""} ${JSON.stringify((error as Record<string, unknown>)["type"])} ${textAt(error, "message")}`;
}

/** Ids differ, and so does the number of ports that a network in use lists. */
function maskIds(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}(?:,[0-9a-f]{8}-[0-9a-f-]{27})*/g, "ID");
}
