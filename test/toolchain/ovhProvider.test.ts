// The stand-in for OVH's plugin: its resources and look-ups against an API, and what it compares and keeps secret.
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ovhProvider } from "../../toolchain/offline/ovh/provider.ts";
import type { Provider } from "../../toolchain/offline/provider.ts";
import { secret, UNKNOWN } from "../../toolchain/offline/wireValues.ts";
import { type Answers, type OvhServer, startOvhServer } from "./ovhServer.ts";

const PROJECT = "0123456789abcdef0123456789abcdef";
const VRACK = { type: "ovh:Vrack/cloudProject:CloudProject", name: "vrack" };
const CLIENT = { type: "ovh:Me/aPIOAuth2Client:APIOAuth2Client", name: "agents" };
const POLICY = { type: "ovh:Iam/policy:Policy", name: "agents" };
const context = { signal: new AbortController().signal, log: () => undefined };

async function configured(answers: Answers): Promise<OvhServer & { readonly provider: Provider }> {
  const server = await startOvhServer(answers);
  const provider = ovhProvider("2.19.1", { OVH_ACCESS_TOKEN: "t", OVH_CLOUD_PROJECT_SERVICE: PROJECT });
  await provider.configure({ endpoint: server.endpoint }, context.signal);
  return { ...server, provider };
}

const calls = ({ asked }: OvhServer): readonly string[] =>
  asked.map(({ method, path }) => `${method} ${path.replace("/ovh/", "")}`);

describe("ovh stand-in: the provider", () => {
  it("looks its credentials up before anything is made", async () => {
    assert.deepEqual(calls(await configured(() => undefined)), ["GET 1.0/auth/details"]);
  });

  it("completes inputs from the environment, takes the unknown on trust, and names what is wrong", async () => {
    const { provider } = await configured(() => undefined);
    assert.deepEqual(provider.check(VRACK, { serviceName: "pn-1" }), {
      inputs: { serviceName: "pn-1", projectId: PROJECT },
      failures: [],
    });
    assert.deepEqual(
      provider.check(POLICY, { identities: UNKNOWN }).failures.map(({ property }) => property),
      ["name", "resources"],
    );
    assert.throws(() => provider.check({ type: "ovh:Ip/move:Move", name: "x" }, {}), /Ip\/move:Move is not offered/);
  });

  it("replaces what the official one replaces, and takes sets for what they are", async () => {
    const { provider } = await configured(() => undefined);
    const both = { serviceName: "pn-1", projectId: PROJECT };
    assert.deepEqual(provider.diff(VRACK, both, { ...both, serviceName: "pn-2" }), {
      changed: ["serviceName"],
      replaces: ["serviceName"],
    });
    assert.deepEqual(provider.diff(CLIENT, { flow: "A", name: "x" }, { flow: "B", name: "y" }).replaces, ["flow"]);
    const allows = { allows: ["a", "b"], name: "x" };
    assert.deepEqual(provider.diff(POLICY, allows, { allows: ["b", "a"], name: "x" }).changed, []);
    assert.deepEqual(provider.diff(POLICY, allows, { allows: ["b"], name: "x" }), {
      changed: ["allows"],
      replaces: [],
    });
  });
});

describe("ovh stand-in: a project in a vRack", () => {
  it("is attached and detached by tasks that are over once the API knows them no more", async () => {
    const server = await configured(({ method, path }) => {
      if (method !== "GET" && path.includes("/cloudProject")) return { body: { id: 7, status: "todo" } };
      return path.includes("/task/") ? undefined : { body: { vrack: "pn-1", project: PROJECT } };
    });
    const inputs = { serviceName: "pn-1", projectId: PROJECT };
    const made = await server.provider.create(VRACK, inputs, context);
    assert.deepEqual(made, { id: `vrack_pn-1-cloudproject_${PROJECT}`, state: inputs });
    assert.deepEqual(await server.provider.read(VRACK, { ...made, inputs }, context), { ...made, inputs });
    const imported = { id: `pn-1/${PROJECT}`, state: {}, inputs: {} };
    assert.deepEqual((await server.provider.read(VRACK, imported, context))?.inputs, inputs);
    await server.provider.remove(VRACK, made, context);
    assert.deepEqual(calls(server).slice(1), [
      "POST 1.0/vrack/pn-1/cloudProject",
      "GET 1.0/vrack/pn-1/task/7",
      `GET 1.0/vrack/pn-1/cloudProject/${PROJECT}`,
      `GET 1.0/vrack/pn-1/cloudProject/${PROJECT}`,
      `DELETE 1.0/vrack/pn-1/cloudProject/${PROJECT}`,
      "GET 1.0/vrack/pn-1/task/7",
    ]);
    assert.equal(server.asked[1]?.body, JSON.stringify({ project: PROJECT }));
  });

  it("that is gone is read as gone, and a task that failed fails", async () => {
    const { provider } = await configured(({ method, path }) => {
      if (method === "POST") return { body: { id: 7, status: "todo" } };
      return path.includes("/task/") ? { body: { id: 7, status: "cancelled" } } : undefined;
    });
    const inputs = { serviceName: "pn-1", projectId: PROJECT };
    assert.equal(await provider.read(VRACK, { id: "x", state: inputs, inputs }, context), undefined);
    await assert.rejects(
      provider.create(VRACK, inputs, context),
      /task 7 of vRack pn-1 ended in the state "cancelled"/,
    );
  });
});

describe("ovh stand-in: the agents' account", () => {
  const account = {
    clientId: "EU.1",
    flow: "CLIENT_CREDENTIALS",
    identity: "urn:v1:eu:identity:credential:xx/oauth2-EU.1",
  };

  it("keeps its secret, told once, as a secret in the state", async () => {
    const server = await configured(({ method, body }) => {
      if (method === "POST") return { body: { clientId: "EU.1", clientSecret: "planted" } };
      return method === "GET" ? { body: { ...account, callbackUrls: [], name: "n", description: "d" } } : { body };
    });
    const inputs = { name: "n", description: "d", flow: "CLIENT_CREDENTIALS" };
    assert.deepEqual(server.provider.expect(CLIENT, inputs), {
      ...inputs,
      clientId: UNKNOWN,
      clientSecret: UNKNOWN,
      identity: UNKNOWN,
    });
    const { id, state } = await server.provider.create(CLIENT, inputs, context);
    assert.deepEqual([id, state["clientSecret"]], ["EU.1", secret("planted")]);
    const again = await server.provider.read(CLIENT, { id, state, inputs }, context);
    assert.deepEqual([again?.state["clientSecret"], again?.inputs], [secret("planted"), inputs]);
    const updated = await server.provider.update(CLIENT, { id, state }, { ...inputs, description: "e" }, context);
    assert.deepEqual(updated["clientSecret"], secret("planted"));
    await server.provider.remove(CLIENT, { id, state }, context);
    assert.deepEqual(
      calls(server).filter((call) => !call.startsWith("GET")),
      ["POST", "PUT", "DELETE"].map((method, at) => `${method} 1.0/me/api/oauth2/client${at === 0 ? "" : "/EU.1"}`),
    );
  });

  it("may do what the policy says in plain texts, which the API has in objects", async () => {
    const urn = `urn:v1:eu:resource:publicCloudProject:${PROJECT}`;
    const action = "publicCloudProject:apiovh:ip/failover/get";
    let stored: Record<string, unknown> = {};
    const server = await configured(({ method, body }) => {
      if (method === "POST" || method === "PUT") {
        stored = { ...(JSON.parse(body) as object), id: "p-1", owner: "xx", readOnly: false, createdAt: "2026-01-01" };
      }
      return { body: stored };
    });
    const inputs = { name: "agents", identities: [account.identity], resources: [urn], allows: [action] };
    const made = await server.provider.create(POLICY, inputs, context);
    assert.deepEqual(made, { id: "p-1", state: { ...inputs, owner: "xx", readOnly: false, createdAt: "2026-01-01" } });
    const sent = JSON.parse(server.asked.at(-1)?.body ?? "") as Record<string, unknown>;
    assert.deepEqual(
      [sent["resources"], sent["permissions"]],
      [[{ urn }], { allow: [{ action }], except: [], deny: [] }],
    );
    assert.deepEqual((await server.provider.read(POLICY, { ...made, inputs }, context))?.inputs, inputs);
    assert.deepEqual(
      (await server.provider.update(POLICY, made, { ...inputs, allows: [] }, context))["allows"],
      undefined,
    );
    await server.provider.remove(POLICY, made, context);
    assert.equal(calls(server).at(-1), "DELETE v2/iam/policy/p-1");
  });
});

describe("ovh stand-in: look-ups", () => {
  const ip = {
    id: "b1d2c3e4-0000-4000-8000-000000000001",
    ip: "198.51.100.10",
    block: "198.51.100.10/32",
    continentCode: "EU",
    geoloc: null,
    progress: 0,
    routedTo: null,
    status: "ok",
    subType: "cloud",
  };
  const LOOKUP = "ovh:CloudProject/getFailoverIpAttach:getFailoverIpAttach";

  it("find a failover IP by its address, and say when the project has none such", async () => {
    const { provider } = await configured(() => ({ body: [ip] }));
    const found = await provider.invoke(LOOKUP, { serviceName: PROJECT, ip: ip.ip }, context.signal);
    assert.deepEqual([found["id"], found["routedTo"], found["geoLoc"], found["block"]], [ip.id, "", "", ip.block]);
    await assert.rejects(
      provider.invoke(LOOKUP, { serviceName: PROJECT, ip: "198.51.100.99" }, context.signal),
      /has no failover IP 198\.51\.100\.99/,
    );
    await assert.rejects(provider.invoke("ovh:Me/getMe:getMe", {}, context.signal), /is not offered/);
  });

  it("tell flavors by region and name, and what a region is", async () => {
    const able = { name: "failoverip", enabled: true };
    const flavor = { id: "f1", name: "b3-8", region: "GRA11", available: true, capabilities: [able], ram: 8_000 };
    const asked: string[] = [];
    const { provider } = await configured(({ path }) => {
      asked.push(path);
      if (path.includes("/flavor")) return { body: [flavor, { ...flavor, id: "f2", name: "b3-16" }] };
      return { body: { name: "GRA11", continentCode: "EU", datacenterLocation: "GRA", status: "UP", services: [] } };
    });
    const args = { serviceName: PROJECT, region: "GRA11", nameFilter: "b3-8" };
    const { flavors } = await provider.invoke("ovh:CloudProject/getFlavors:getFlavors", args, context.signal);
    assert.deepEqual(flavors, [{ id: "f1", name: "b3-8", region: "GRA11", available: true, capabilities: [able] }]);
    const named = { serviceName: PROJECT, name: "GRA11" };
    const region = await provider.invoke("ovh:CloudProject/getRegion:getRegion", named, context.signal);
    assert.equal(region["continentCode"], "EU");
    assert.ok(
      asked.some((path) => path.endsWith("/flavor?region=GRA11")),
      asked.join(),
    );
    assert.ok(
      asked.some((path) => path.endsWith("/region/GRA11")),
      asked.join(),
    );
  });

  it("tell the project's vRack, and with a 404 that it is in none", async () => {
    const attached = await configured(() => ({ body: { id: "pn-1", name: "", description: null } }));
    const args = { serviceName: PROJECT };
    const LOOK = "ovh:CloudProject/getVRack:getVRack";
    assert.deepEqual(await attached.provider.invoke(LOOK, args, context.signal), {
      ...args,
      id: "pn-1",
      name: "",
      description: "",
    });
    const { provider } = await configured(() => undefined);
    await assert.rejects(provider.invoke(LOOK, args, context.signal), /status code 404/);
  });
});
