/** Application credentials of Keystone's double. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { type Answer, at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest, CREDENTIALS } from "./cloudUnderTest.ts";

describe("an application credential", () => {
  let clock = Date.parse("2026-11-21T02:05:13Z");
  let cloud: CloudUnderTest;
  let path: string;
  before(async () => {
    cloud = await CloudUnderTest.start({ now: () => clock });
    path = `/identity/v3/users/${cloud.cloud.snapshot().userId}/application_credentials`;
  });
  after(() => cloud.end());

  const made = async (attributes: Record<string, unknown>): Promise<{ id: string; secret: string }> => {
    const body = await cloud.done("POST", path, { application_credential: attributes });
    return {
      id: textAt(body, "application_credential", "id"),
      secret: textAt(body, "application_credential", "secret"),
    };
  };
  const enter = (credential: Record<string, unknown>, scope?: Record<string, unknown>): Promise<Answer> =>
    cloud.call("POST", "/identity/v3/auth/tokens", {
      auth: {
        identity: { methods: ["application_credential"], application_credential: credential },
        ...(scope === undefined ? {} : { scope }),
      },
    });
  const tokenOf = (answer: Answer): Record<string, string> => ({
    "X-Auth-Token": answer.headers.get("x-subject-token") ?? "",
  });

  it("lets a program in, to the one project, with the catalog", async () => {
    const credential = await made({ name: "agent", description: "moves a floating IP" });
    const answer = await enter(credential);
    assert.equal(answer.status, 201);
    assert.deepEqual(at(answer.body, "token", "application_credential"), {
      id: credential.id,
      name: "agent",
      restricted: true,
    });
    assert.equal(at(answer.body, "token", "project", "id"), cloud.cloud.snapshot().projectId);
    assert.equal(listAt(answer.body, "token", "catalog").length, 4);
    await cloud.done("GET", "/network/v2.0/floatingips", undefined, tokenOf(answer));
  });

  it("is known by its name and user too, and refuses a wrong secret, name, user or scope", async () => {
    const { secret } = await made({ name: "by name", secret: "chosen by its owner" });
    assert.equal(secret, "chosen by its owner");
    const user = { name: CREDENTIALS.userName, domain: { name: "Default" } };
    assert.equal((await enter({ name: "by name", user, secret })).status, 201);
    const wrong = [
      { name: "by name", user, secret: "guessed" },
      { name: "another", user, secret },
      { name: "by name", user: { name: "root" }, secret },
      { name: "by name", secret },
    ];
    for (const credential of wrong) assert.equal((await enter(credential)).status, 401);
    const scope = { project: { id: cloud.cloud.snapshot().projectId } };
    assert.equal((await enter({ name: "by name", user, secret }, scope)).status, 401);
  });

  it("cannot make or delete others, unless it is unrestricted", async () => {
    const restricted = tokenOf(await enter(await made({ name: "restricted" })));
    const body = { application_credential: { name: "heir" } };
    assert.match(await cloud.refused(403, "POST", path, body, restricted), /not allowed for managing/);
    const free = await made({ name: "free", unrestricted: true });
    const token = tokenOf(await enter(free));
    await cloud.done("POST", path, body, token);
    await cloud.done("DELETE", `${path}/${free.id}`, undefined, token);
  });

  it("ends with its time, and its tokens with it when it is deleted", async () => {
    const expiring = await made({ name: "expiring", expires_at: "2026-11-21T03:05:13" });
    const kept = await made({ name: "kept" });
    const token = tokenOf(await enter(kept));
    await cloud.done("GET", "/network/v2.0/ports", undefined, token);
    await cloud.done("DELETE", `${path}/${kept.id}`);
    await cloud.refused(401, "GET", "/network/v2.0/ports", undefined, token);
    assert.equal((await enter(kept)).status, 401);
    clock += 3_600_000;
    assert.equal((await enter(expiring)).status, 401);
  });

  it("is listed without its secret, which the state does not have either", async () => {
    const { id, secret } = await made({ name: "listed" });
    const listed = JSON.stringify(await cloud.done("GET", path));
    assert.ok(listed.includes(id) && !listed.includes(secret));
    assert.equal(at(await cloud.done("GET", `${path}/${id}`), "application_credential", "name"), "listed");
    const kept = await readFile(join(cloud.folder, "cloud.json"), "utf8");
    assert.ok(kept.includes(id) && !kept.includes(secret));
  });

  it("needs a name of its own and the user's own path", async () => {
    await made({ name: "twice" });
    await cloud.refused(409, "POST", path, { application_credential: { name: "twice" } });
    await cloud.refused(400, "POST", path, { application_credential: {} });
    await cloud.refused(403, "GET", "/identity/v3/users/another/application_credentials");
    await cloud.refused(404, "GET", `${path}/nothing`);
  });
});
