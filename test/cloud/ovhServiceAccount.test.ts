/** Service accounts of OVH's double: OAuth2 clients, their tokens, and the policies that grant them calls. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { USUAL_BEHAVIOUR } from "../../lab/cloud/ovh/context/behaviour.ts";
import { type Answer, at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest, OVH } from "./cloudUnderTest.ts";
import { OvhCaller, ovhRoot, projectPath } from "./ovhClient.ts";

const GET = "publicCloudProject:apiovh:ip/failover/get";
const ATTACH = "publicCloudProject:apiovh:ip/failover/attach";

describe("a service account", () => {
  let clock = Date.parse("2026-11-21T02:05:13Z");
  let cloud: CloudUnderTest;
  let operator: OvhCaller;
  let client: { clientId: string; clientSecret: string };
  let identity: string;
  before(async () => {
    cloud = await CloudUnderTest.start({ now: () => clock });
    operator = OvhCaller.withKey(cloud, OVH.operator, () => clock);
    const body = { callbackUrls: [], flow: "CLIENT_CREDENTIALS", name: "agent", description: "moves one IP" };
    const made = await operator.done("POST", "/1.0/me/api/oauth2/client", body);
    client = { clientId: textAt(made, "clientId"), clientSecret: textAt(made, "clientSecret") };
    const shown = await operator.done("GET", `/1.0/me/api/oauth2/client/${client.clientId}`);
    identity = textAt(shown, "identity");
    assert.deepEqual(Object.keys(shown as object).toSorted(), [
      ...["callbackUrls", "clientId", "createdAt", "description", "flow", "identity", "name"],
    ]);
  });
  after(() => cloud.end());

  const token = async (form: Record<string, string>): Promise<Answer> => {
    const response = await fetch(`${ovhRoot(cloud)}/auth/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const credentials = (): Record<string, string> => ({
    grant_type: "client_credentials",
    client_id: client.clientId,
    client_secret: client.clientSecret,
    scope: "all",
  });
  const loggedIn = async (): Promise<OvhCaller> =>
    OvhCaller.withToken(cloud, textAt((await token(credentials())).body, "access_token"));
  const failover = (): string => `${projectPath(cloud)}/ip/failover`;
  const policy = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    name: "failover-agent",
    identities: [identity],
    resources: [{ urn: `urn:v1:eu:resource:publicCloudProject:${cloud.cloud.snapshot().projectId}` }],
    permissions: { allow: [{ action: GET }] },
    ...more,
  });

  it("gets tokens for its secret", async () => {
    const { status, body } = await token(credentials());
    assert.equal(status, 200);
    assert.deepEqual([at(body, "token_type"), at(body, "expires_in"), at(body, "scope")], ["Bearer", 3599, "all"]);
    const wrong = await token({ ...credentials(), client_secret: "guessed" });
    assert.deepEqual([wrong.status, at(wrong.body, "error")], [401, "invalid_client"]);
    const flow = await token({ ...credentials(), grant_type: "password" });
    assert.deepEqual([flow.status, at(flow.body, "error")], [400, "unsupported_grant_type"]);
  });

  it("may do nothing until a policy says so, and the refusal names the action", async () => {
    const agent = await loggedIn();
    assert.deepEqual(await agent.refused(403, "GET", failover()), {
      class: "Client::Forbidden",
      message: "User not granted for this request",
      details: { unauthorizedActionsByAuthentication: "", unauthorizedActionsByIAM: GET },
    });
    assert.deepEqual(listAt(await agent.done("GET", "/1.0/auth/details"), "identities"), [identity]);
  });

  it("may do what a policy allows on its project, and nothing else", async () => {
    const made = await operator.done("POST", "/v2/iam/policy", policy());
    const agent = await loggedIn();
    await agent.done("GET", failover());
    const attach = await agent.refused(403, "POST", `${failover()}/x/attach`, { instanceId: "x" });
    assert.equal(at(attach, "details", "unauthorizedActionsByIAM"), ATTACH);
    await agent.refused(403, "GET", `${projectPath(cloud)}/instance`);
    await agent.refused(403, "GET", "/v2/iam/policy");
    const path = `/v2/iam/policy/${textAt(made, "id")}`;
    await operator.done("PUT", path, policy({ permissions: { allow: [{ action: GET }, { action: ATTACH }] } }));
    await agent.refused(404, "POST", `${failover()}/x/attach`, { instanceId: "x" });
    assert.deepEqual(at(await operator.done("GET", path), "permissions", "allow"), [
      { action: GET },
      { action: ATTACH },
    ]);
    await operator.done("DELETE", path);
    await agent.refused(403, "GET", failover());
  });

  it("is held to exceptions, denials, the caller's address and the end of a policy", async () => {
    const agent = await loggedIn();
    const cases: readonly (readonly [number, Record<string, unknown>])[] = [
      [200, { permissions: { allow: [{ action: "publicCloudProject:apiovh:ip/*" }] } }],
      [403, { permissions: { allow: [{ action: "*" }], except: [{ action: GET }] } }],
      [403, { permissions: { allow: [{ action: "*" }], deny: [{ action: "*/get" }] } }],
      [403, { resources: [{ urn: "urn:v1:eu:resource:publicCloudProject:another" }] }],
      [200, { conditions: { operator: "MATCH", values: { "request.IP": "127.0.0.1" } } }],
      [403, { conditions: { operator: "MATCH", values: { "request.IP": "198.51.100.10" } } }],
      [403, { expiredAt: "2026-11-20T00:00:00Z" }],
    ];
    for (const [status, change] of cases) {
      const made = await operator.done("POST", "/v2/iam/policy", policy(change));
      assert.equal((await agent.call("GET", failover())).status, status, JSON.stringify(change));
      await operator.done("DELETE", `/v2/iam/policy/${textAt(made, "id")}`);
    }
    const stranger = policy({ identities: ["urn:v1:eu:identity:credential:xx11111-ovh/oauth2-nobody"] });
    assert.match(textAt(await operator.refused(400, "POST", "/v2/iam/policy", stranger), "message"), /does not exist/);
  });

  it("is refused with 401 when its token is over or it is revoked", async () => {
    cloud.cloud.ovh.adjust({ tokenLifetimeMs: 60_000 });
    const made = await operator.done("POST", "/v2/iam/policy", policy());
    const agent = await loggedIn();
    await agent.done("GET", failover());
    clock += 60_000;
    assert.equal(at(await agent.refused(401, "GET", failover()), "class"), "Client::Unauthorized::InvalidAuthToken");
    cloud.cloud.ovh.adjust(USUAL_BEHAVIOUR);
    const again = await loggedIn();
    await again.done("GET", failover());
    await cloud.cloud.ovh.revoke(client.clientId);
    await again.refused(401, "GET", failover());
    assert.equal((await token(credentials())).status, 401);
    await cloud.cloud.ovh.validate(client.clientId);
    await again.done("GET", failover());
    await operator.done("DELETE", `/v2/iam/policy/${textAt(made, "id")}`);
  });

  it("is counted by its client id", () => {
    const counts = cloud.cloud.ovh.requestCounts().filter(({ credential }) => credential === client.clientId);
    assert.equal(counts.length, 1);
    assert.ok((counts[0]?.total ?? 0) > 10);
  });

  it("can be renamed and deleted", async () => {
    const path = `/1.0/me/api/oauth2/client/${client.clientId}`;
    await operator.done("PUT", path, { name: "renamed" });
    assert.equal(textAt(await operator.done("GET", path), "name"), "renamed");
    await operator.done("DELETE", path);
    await operator.refused(404, "GET", path);
    assert.deepEqual(await operator.done("GET", "/1.0/me/api/oauth2/client"), []);
  });
});
