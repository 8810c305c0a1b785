/** OVH's front door: signatures, clocks, keys with rules, and the limit of requests. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { at, textAt } from "./cloudCaller.ts";
import { CloudUnderTest, OVH } from "./cloudUnderTest.ts";
import { OvhCaller, projectPath, send, signed } from "./ovhClient.ts";

const START = Date.parse("2026-11-21T02:05:13Z");

describe("OVH's front door", () => {
  const logged: string[] = [];
  let clock = START;
  let cloud: CloudUnderTest;
  let operator: OvhCaller;
  before(async () => {
    const logger = pino({ level: "debug" }, { write: (line: string) => void logged.push(line) });
    cloud = await CloudUnderTest.start({ now: () => clock, logger });
    operator = OvhCaller.withKey(cloud, OVH.operator, () => clock);
  });
  after(() => cloud.end());
  beforeEach(() => {
    clock += 3_600_000;
    cloud.cloud.ovh.adjust({ clockOffsetMs: 0, requestsPerMinute: 60 });
    cloud.cloud.ovh.forgetRequestCounts();
  });

  const errorOf = async (headers: Record<string, string>): Promise<unknown[]> => {
    const answer = await send(cloud, "GET", "/1.0/auth/details", headers);
    const body = answer.body as Record<string, unknown>;
    return [answer.status, body["errorCode"], body["httpCode"]];
  };
  const seconds = (): number => Math.floor(clock / 1000);

  it("tells the time to anybody, as a bare number, and numbers the query", async () => {
    const answer = await send(cloud, "GET", "/1.0/auth/time", {});
    assert.deepEqual([answer.status, answer.body], [200, seconds()]);
    assert.match(answer.headers.get("x-ovh-queryid") ?? "", /^EU\.lab-1\.[0-9a-f]{8}\.[0-9a-f]{32}$/);
  });

  it("knows the operator", async () => {
    const details = await operator.done("GET", "/1.0/auth/details");
    assert.deepEqual(at(details, "identities"), ["urn:v1:eu:identity:account:xx11111-ovh"]);
    assert.equal(at(details, "method"), "account");
  });

  it("refuses what is not signed for this request", async () => {
    const elsewhere = signed(cloud, OVH.operator, "GET", "/1.0/auth/time", seconds());
    assert.deepEqual(await errorOf(elsewhere), [400, "INVALID_SIGNATURE", "400 Bad Request"]);
    const path = `${projectPath(cloud)}/ip/failover/${OVH.failoverIps[0]?.id ?? ""}/attach`;
    const other = signed(cloud, OVH.operator, "POST", path, seconds(), '{"instanceId":"a"}');
    const answer = await send(cloud, "POST", path, other, '{"instanceId":"b"}');
    assert.deepEqual([answer.status, at(answer.body, "errorCode")], [400, "INVALID_SIGNATURE"]);
  });

  it("refuses a time that is too far from its own", async () => {
    const at31 = (direction: 1 | -1): Record<string, string> =>
      signed(cloud, OVH.operator, "GET", "/1.0/auth/details", seconds() + direction * 31);
    for (const direction of [1, -1] as const) {
      assert.deepEqual(await errorOf(at31(direction)), [400, "QUERY_TIME_OUT", "400 Bad Request"]);
    }
    const within = signed(cloud, OVH.operator, "GET", "/1.0/auth/details", seconds() - 29);
    assert.equal((await errorOf(within))[0], 200);
  });

  it("goes by its own clock when that is off", async () => {
    cloud.cloud.ovh.adjust({ clockOffsetMs: 600_000 });
    assert.deepEqual(await errorOf(signed(cloud, OVH.operator, "GET", "/1.0/auth/details", seconds())), [
      400,
      "QUERY_TIME_OUT",
      "400 Bad Request",
    ]);
    const { body } = await send(cloud, "GET", "/1.0/auth/time", {});
    assert.deepEqual(body, seconds() + 600);
    assert.equal((await errorOf(signed(cloud, OVH.operator, "GET", "/1.0/auth/details", seconds() + 600)))[0], 200);
  });

  it("refuses who shows no key, a wrong application or a wrong consumer key", async () => {
    assert.deepEqual(await errorOf({}), [403, "NOT_CREDENTIAL", "403 Forbidden"]);
    const sign = (key: Partial<typeof OVH.operator>): Record<string, string> =>
      signed(cloud, { ...OVH.operator, ...key }, "GET", "/1.0/auth/details", seconds());
    assert.deepEqual(await errorOf(sign({ applicationKey: "guessed" })), [403, "INVALID_KEY", "403 Forbidden"]);
    assert.deepEqual(await errorOf(sign({ consumerKey: "guessed" })), [403, "INVALID_CREDENTIAL", "403 Forbidden"]);
  });

  it("holds a consumer key to its rules", async () => {
    const path = `/cloud/project/${cloud.cloud.snapshot().projectId}/ip/failover`;
    const key = await cloud.cloud.ovh.makeKey("agent", [{ method: "GET", path: `${path}*` }]);
    const agent = OvhCaller.withKey(cloud, key, () => clock);
    await agent.done("GET", `/1.0${path}`);
    const attach = await agent.refused(403, "POST", `/1.0${path}/x/attach`, { instanceId: "x" });
    assert.equal(at(attach, "errorCode"), "NOT_GRANTED_CALL");
    assert.equal(at(await agent.refused(403, "GET", "/1.0/cloud/project"), "errorCode"), "NOT_GRANTED_CALL");
    await cloud.cloud.ovh.revoke(key.credential);
    assert.equal(at(await agent.refused(403, "GET", `/1.0${path}`), "errorCode"), "INVALID_CREDENTIAL");
    await cloud.cloud.ovh.validate(key.credential);
    await agent.done("GET", `/1.0${path}`);
  });

  it("gives consumer keys that somebody has to say yes to, unless the operator asks", async () => {
    const accessRules = [{ method: "GET", path: "/cloud/*" }];
    const headers = { "X-Ovh-Application": OVH.operator.applicationKey, "Content-Type": "application/json" };
    const asked = await send(cloud, "POST", "/1.0/auth/credential", headers, JSON.stringify({ accessRules }));
    assert.equal(at(asked.body, "state"), "pendingValidation");
    const consumerKey = textAt(asked.body, "consumerKey");
    const caller = OvhCaller.withKey(cloud, { ...OVH.operator, consumerKey }, () => clock);
    assert.equal(at(await caller.refused(403, "GET", "/1.0/cloud/project"), "errorCode"), "INVALID_CREDENTIAL");
    await cloud.cloud.ovh.validate(textAt(asked.body, "validationUrl").split("/").at(-1) ?? "");
    await caller.done("GET", "/1.0/cloud/project");
    const own = await operator.done("POST", "/1.0/auth/credential", { accessRules });
    assert.equal(at(own, "state"), "validated");
    await assert.rejects(cloud.cloud.ovh.revoke("nobody"), /knows no credential "nobody"/);
  });

  it("lets a credential call 60 times in any minute, and the operator as it likes", async () => {
    const key = await cloud.cloud.ovh.makeKey("busy", [{ method: "GET", path: "/*" }]);
    const caller = OvhCaller.withKey(cloud, key, () => clock);
    for (let call = 1; call <= 60; call += 1) {
      clock += 500;
      await caller.done("GET", "/1.0/cloud/project");
    }
    const refusal = await caller.refused(429, "GET", "/1.0/cloud/project");
    assert.equal(at(refusal, "class"), "Client::TooManyRequests");
    clock += 30_500;
    await caller.done("GET", "/1.0/cloud/project");
    await operator.done("GET", "/1.0/cloud/project");
    const [count, own] = cloud.cloud.ovh.requestCounts();
    assert.deepEqual(count, {
      credential: key.credential,
      source: "127.0.0.1",
      total: 62,
      refused: 1,
      busiestMinute: 61,
      calls: { "GET /cloud/project": 62 },
    });
    assert.equal(own?.credential, "1");
  });

  it("says not found and fails in OVH's words", async () => {
    assert.equal(at(await operator.refused(404, "GET", "/1.0/nothing"), "class"), "Client::NotFound");
    cloud.cloud.faults.add({ path: /^\/ovh\/1\.0\/cloud\/project$/, status: 500, times: 1 });
    const failed = await operator.refused(500, "GET", "/1.0/cloud/project");
    assert.deepEqual(failed, { class: "Server::InternalServerError", message: "A fault of the lab's." });
  });

  it("logs no key and no signature", () => {
    const text = logged.join("");
    for (const secret of [OVH.operator.applicationSecret, OVH.operator.consumerKey, "$1$"]) {
      assert.ok(!text.includes(secret));
    }
    assert.ok(text.includes("/ovh/1.0/auth/time"));
  });
});
