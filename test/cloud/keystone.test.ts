/** Keystone's double: who gets in, for how long, and where it sends them. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { UserError } from "../../toolchain/userError.ts";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest, CREDENTIALS } from "./cloudUnderTest.ts";

const UNAUTHORIZED = {
  error: { code: 401, title: "Unauthorized", message: "The request you have made requires authentication." },
};

/** The catalog as one sees it who calls the cloud by another name. */
async function inAnotherName(cloud: CloudUnderTest, host: string): Promise<unknown> {
  const login = await cloud.logIn(CREDENTIALS);
  const headers = { "X-Auth-Token": login.headers.get("x-subject-token") ?? "" };
  return (await fetch(`http://${host}/identity/v3/auth/catalog`, { headers })).json();
}

describe("Keystone's double", () => {
  const logged: string[] = [];
  let clock = Date.parse("2026-11-21T02:05:13Z");
  let cloud: CloudUnderTest;

  before(async () => {
    const logger = pino({ level: "debug" }, { write: (line: string) => void logged.push(line) });
    cloud = await CloudUnderTest.start({ now: () => clock, logger });
  });
  after(() => cloud.end());

  it("lists the services for all faces in RegionLocal", async () => {
    const { body } = await cloud.logIn(CREDENTIALS);
    const services = listAt(body, "token", "catalog");
    assert.deepEqual(
      services.map((service) => at(service, "type")),
      ["compute", "image", "identity", "network"],
    );
    for (const service of services) {
      const faces = listAt(service, "endpoints");
      assert.deepEqual(
        faces.map((face) => at(face, "interface")),
        ["admin", "public", "internal"],
      );
      assert.ok(faces.every((face) => at(face, "region") === "RegionLocal"));
    }
  });

  it("lists them where the caller found the cloud", async () => {
    const { port } = new URL(cloud.cloud.authUrl);
    const { hostname } = new URL(
      textAt((await cloud.logIn(CREDENTIALS)).body, "token", "catalog", 0, "endpoints", 0, "url"),
    );
    assert.equal(hostname, "127.0.0.1");
    const answer = await inAnotherName(cloud, `localhost:${port}`);
    assert.match(textAt(answer, "catalog", 3, "endpoints", 1, "url"), new RegExp(`^http://localhost:${port}/network`));
  });

  const wrong = [
    ["password", { ...CREDENTIALS, password: "guessed" }],
    ["user", { ...CREDENTIALS, userName: "root" }],
    ["project", { ...CREDENTIALS, projectName: "theirs" }],
  ] as const;
  for (const [what, credentials] of wrong) {
    it(`refuses a wrong ${what} with 401`, async () => {
      const answer = await cloud.logIn(credentials);
      assert.equal(answer.status, 401);
      assert.deepEqual(answer.body, UNAUTHORIZED);
      assert.equal(answer.headers.get("x-subject-token"), null);
    });
  }

  it("refuses a body that is no login with 400 and without quoting it", async () => {
    const password = { user: { name: "lab", password: ["secret thing"] } };
    const body = { auth: { identity: { methods: ["password"], password } } };
    const message = await cloud.refused(400, "POST", "/identity/v3/auth/tokens", body);
    assert.ok(!message.includes("secret"), message);
    assert.match(await cloud.refused(400, "POST", "/identity/v3/auth/tokens", {}), /'auth' is a required property/);
  });

  for (const path of ["/network/v2.0/ports", "/compute/v2.1/servers", "/image/v2/images", "/identity/v3/projects"]) {
    it(`refuses a wrong token at ${path}`, async () => {
      const answer = await cloud.call("GET", path, undefined, { "X-Auth-Token": "made-up" });
      assert.equal(answer.status, 401);
      assert.deepEqual(answer.body, UNAUTHORIZED);
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Keystone uri=/);
    });
  }

  it("takes a token until it expires", async () => {
    await cloud.logIn(CREDENTIALS);
    await cloud.done("GET", "/network/v2.0/ports");
    clock += 12 * 3600 * 1000;
    assert.equal((await cloud.call("GET", "/network/v2.0/ports")).status, 401);
    await cloud.logIn(CREDENTIALS);
    await cloud.done("GET", "/network/v2.0/ports");
  });

  it("shows, exchanges and revokes a token", async () => {
    const token = (await cloud.logIn(CREDENTIALS)).headers.get("x-subject-token") ?? "";
    const subject = { "X-Subject-Token": token };
    assert.equal(
      textAt(await cloud.done("GET", "/identity/v3/auth/tokens", undefined, subject), "token", "user", "name"),
      "lab",
    );
    const again = { auth: { identity: { methods: ["token"], token: { id: token } } } };
    assert.equal((await cloud.call("POST", "/identity/v3/auth/tokens", again)).status, 201);
    assert.equal((await cloud.call("DELETE", "/identity/v3/auth/tokens", undefined, subject)).status, 204);
    assert.equal((await cloud.call("GET", "/network/v2.0/ports")).status, 401);
    await cloud.logIn(CREDENTIALS);
  });

  for (const [path, status] of [
    ["/identity", 300],
    ["/identity/v3", 200],
    ["/network/", 200],
    ["/network/v2.0", 200],
    ["/compute/", 200],
    ["/compute/v2.1", 200],
    ["/image/", 300],
    ["/image/versions", 200],
  ] as const) {
    it(`tells its version at ${path} without a token`, async () => {
      assert.equal((await cloud.call("GET", path, undefined, { "X-Auth-Token": "" })).status, status);
    });
  }

  it("logs requests without tokens and passwords", async () => {
    const token = (await cloud.logIn(CREDENTIALS)).headers.get("x-subject-token") ?? "none";
    await cloud.done("GET", "/network/v2.0/ports");
    const text = logged.join("");
    assert.match(text, /"path":"\/network\/v2.0\/ports"/);
    assert.ok(!text.includes(token));
    assert.ok(!text.includes(CREDENTIALS.password));
  });

  it("names the port when it is taken", async () => {
    const port = Number(new URL(cloud.cloud.authUrl).port);
    await assert.rejects(CloudUnderTest.start({ port }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, new RegExp(`port ${port} on 127.0.0.1`));
      assert.match(error.remedy ?? "", /ss -ltnp/);
      return true;
    });
  });
});
