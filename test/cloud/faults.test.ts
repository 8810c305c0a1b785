/** A cloud API that misbehaves on demand. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { listAt } from "./cloudCaller.ts";
import { CloudUnderTest } from "./cloudUnderTest.ts";

const NETWORKS = "/network/v2.0/networks";

describe("fault rules", () => {
  let cloud: CloudUnderTest;
  let clock = Date.now();
  beforeEach(async () => {
    cloud = await CloudUnderTest.start({ now: () => clock });
  });
  afterEach(() => cloud.end());

  it("spoil what matches, as often as they say, in the service's own words", async () => {
    cloud.cloud.faults.add({ method: "GET", path: /^\/network\/v2\.0\/networks$/, status: 503, times: 2 });
    const shape = { NeutronError: { type: "HTTPServiceUnavailable", message: "A fault of the lab's.", detail: "" } };
    for (let time = 1; time <= 2; time += 1) {
      const answer = await cloud.call("GET", NETWORKS);
      assert.equal(answer.status, 503);
      assert.deepEqual(answer.body, shape);
    }
    await cloud.done("GET", NETWORKS);
    assert.deepEqual(cloud.cloud.faults.rules(), []);
  });

  it("leave other methods and paths alone", async () => {
    cloud.cloud.faults.add({ method: "DELETE", path: /networks/, status: 500 });
    cloud.cloud.faults.add({ path: /^\/compute\//, status: 500 });
    await cloud.done("GET", NETWORKS);
    const answer = await cloud.call("GET", "/compute/v2.1/servers");
    assert.deepEqual(answer.body, { computeFault: { code: 500, message: "A fault of the lab's." } });
  });

  it("may say what they like, with headers, such as a rate limit", async () => {
    const body = { error: { status: "429 Too Many Requests", message: "Too Many Requests" } };
    cloud.cloud.faults.add({ path: /networks/, status: 429, body, headers: { "Retry-After": "1" } });
    const answer = await cloud.call("GET", NETWORKS);
    assert.deepEqual([answer.status, answer.body, answer.headers.get("retry-after")], [429, body, "1"]);
  });

  it("delay an answer that is otherwise right", async () => {
    cloud.cloud.faults.add({ path: /networks/, delayMs: 120 });
    const start = performance.now();
    assert.equal(listAt(await cloud.done("GET", NETWORKS), "networks").length, 1);
    assert.ok(performance.now() - start >= 115);
  });

  it("lie about what was done", async () => {
    cloud.cloud.faults.add({ method: "POST", path: /networks/, status: 500, timing: "after" });
    assert.equal((await cloud.call("POST", NETWORKS, { network: { name: "made" } })).status, 500);
    assert.ok(cloud.cloud.snapshot().networks.some(({ name }) => name === "made"));
  });

  it("stop a change when they come instead of it", async () => {
    cloud.cloud.faults.add({ method: "POST", path: /networks/, status: 500 });
    assert.equal((await cloud.call("POST", NETWORKS, { network: { name: "never" } })).status, 500);
    assert.ok(!cloud.cloud.snapshot().networks.some(({ name }) => name === "never"));
  });

  it("can be a page for people where a program reads", async () => {
    const page = "<html><body>504 Gateway Time-out</body></html>";
    cloud.cloud.faults.add({ path: /networks/, status: 504, body: page });
    const answer = await fetch(`${new URL(cloud.cloud.authUrl).origin}${NETWORKS}`);
    assert.deepEqual([answer.status, await answer.text()], [504, page]);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  });

  it("leave a caller without an answer, to what was done and what was not", async () => {
    for (const timing of ["instead", "after"] as const) {
      cloud.cloud.faults.add({ method: "POST", path: /networks/, outcome: "never", timing, times: 1 });
      const body = JSON.stringify({ network: { name: timing } });
      await assert.rejects(cloud.call("POST", NETWORKS, body, {}, AbortSignal.timeout(200)), /timeout/);
      const made = cloud.cloud.snapshot().networks.some(({ name }) => name === timing);
      assert.equal(made, timing === "after");
    }
    await cloud.done("GET", NETWORKS);
  });

  it("reset connections", async () => {
    for (const timing of ["instead", "after"] as const) {
      cloud.cloud.faults.add({ path: /networks/, outcome: "reset", timing, times: 1 });
      await assert.rejects(cloud.call("GET", NETWORKS), (error: TypeError) => {
        assert.equal((error.cause as NodeJS.ErrnoException).code, "ECONNRESET");
        return true;
      });
    }
    await cloud.done("GET", NETWORKS);
  });

  it("end when their time is over", async () => {
    cloud.cloud.faults.add({ path: /networks/, status: 500, forMs: 60_000 });
    await cloud.refused(500, "GET", NETWORKS);
    clock += 60_000;
    await cloud.done("GET", NETWORKS);
    assert.deepEqual(cloud.cloud.faults.rules(), []);
  });

  it("are taken off one by one or all at once", async () => {
    const off = cloud.cloud.faults.add({ path: /networks/, status: 500 });
    cloud.cloud.faults.add({ path: /subnets/, status: 500 });
    off();
    await cloud.done("GET", NETWORKS);
    cloud.cloud.faults.clear();
    await cloud.done("GET", "/network/v2.0/subnets");
  });
});
