import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type CheckChange, Checks } from "../../agent/checks/checks.ts";
import { checks as schema } from "../../agent/config/schema/check.ts";
import { until } from "../support/until.ts";
import { PaperNetwork } from "./paperNetwork.ts";
import { longestStall } from "./stall.ts";

describe("the checks of a node", () => {
  let network: PaperNetwork;
  let directory = "";
  let running: Checks | undefined;
  const changes: CheckChange[] = [];
  beforeEach(() => {
    network = new PaperNetwork();
    directory = mkdtempSync(join(tmpdir(), "vipf-checks-"));
    changes.length = 0;
  });
  afterEach(() => {
    running?.stop();
    rmSync(directory, { recursive: true });
  });

  function start(document: Parameters<typeof schema.parse>[0]): Checks {
    const checks = new Checks(schema.parse(document), network);
    checks.onChange((change) => changes.push(change));
    checks.start();
    running = checks;
    return checks;
  }
  const verdicts = (checks: Checks): Record<string, string> => Object.fromEntries(checks.verdicts());

  it("those that the network tells of have their verdict at once, and follow it", () => {
    network.link("ens3", true, "10.25.0.11");
    const checks = start({
      link: { link: "ens3" },
      other: { link: "ens4" },
      address: { address: "10.25.0.10" },
      own: { address: "10.25.0.11", interface: "ens3" },
      route: { defaultRoute: 4 },
      over: { defaultRoute: 4, interface: "ens3" },
    });
    assert.ok(network.withRoutes);
    const before = { link: "good", other: "failed", address: "failed", own: "good", route: "failed", over: "failed" };
    assert.deepEqual(verdicts(checks), before);
    network.link("ens3", true, "10.25.0.11", "10.25.0.10");
    network.link("ens4", true);
    network.routes({ family: 4, linkIndex: 4 });
    assert.deepEqual(verdicts(checks), { ...before, other: "good", address: "good", route: "good" });
    network.routes({ family: 4, linkIndex: 3 });
    network.link("ens3", false, "10.25.0.12");
    assert.deepEqual(verdicts(checks), {
      link: "failed",
      other: "good",
      address: "failed",
      own: "failed",
      route: "good",
      over: "good",
    });
    assert.deepEqual(changes.at(-1), {
      name: "own",
      from: "good",
      to: "failed",
      reason: "10.25.0.11 is not on ens3",
    });
  });

  it("does not read routes unless a check asks for them", () => {
    start({ link: { link: "ens3" } });
    assert.equal(network.withRoutes, false);
  });

  it("a change that does not last is none, with a debounce", async () => {
    network.link("ens3", true);
    const checks = start({ link: { link: "ens3", debounce: "50ms" } });
    network.link("ens3", false);
    assert.deepEqual(verdicts(checks), { link: "good" });
    network.link("ens3", true);
    await delay(80);
    assert.deepEqual(verdicts(checks), { link: "good" });
    network.link("ens3", false);
    await until(() => changes.length === 1, "the debounce");
    assert.deepEqual(verdicts(checks), { link: "failed" });
  });

  it("those that are polled change after so many results in a row, and say why", async () => {
    const file = join(directory, "ready");
    const checks = start({ ready: { file, every: "100ms", rise: 2, fall: 3, initially: "failed" } });
    assert.deepEqual(verdicts(checks), { ready: "failed" });
    writeFileSync(file, "");
    await until(() => changes.length === 1, "a change");
    assert.deepEqual(changes, [
      { name: "ready", from: "failed", to: "good", reason: `${file} is there (2 times in a row)` },
    ]);
    rmSync(file);
    await until(() => changes.length === 2, "another");
    const [status] = checks.status();
    assert.equal(status?.verdict, "failed");
    assert.equal(status.changes, 2);
    assert.equal(status.latest?.reason, `${file} is not there`);
    assert.ok(status.results >= 5);
    assert.ok(!Number.isNaN(Date.parse(status.since)));
  });

  it("all look at once when they start", async () => {
    const checks = start(
      Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`file-${index}`, { file: "/", every: "1h" }])),
    );
    await until(() => checks.status().every(({ results }) => results === 1), "twenty results");
  });

  it("another configuration changes what is another, and leaves the rest", async () => {
    const file = join(directory, "ready");
    const kept = { file, every: "100ms", fall: 1 };
    const checks = start({ kept, gone: { file, every: "100ms", fall: 1 }, other: { file, every: "100ms", fall: 1 } });
    await until(() => checks.status().every(({ verdict }) => verdict === "failed"), "three failures");
    const [before] = checks.status();
    checks.reconfigure(schema.parse({ kept, other: { file, every: "100ms", fall: 2 }, fresh: { file: "/" } }));
    const [after, ...others] = checks.status();
    assert.equal(after?.since, before?.since);
    assert.equal(after?.verdict, "failed");
    assert.deepEqual(
      others.map(({ name, verdict }) => [name, verdict]),
      [
        ["other", "good"],
        ["fresh", "good"],
      ],
    );
    // Those that go or are replaced are not said to have changed.
    assert.equal(changes.length, 3);
  });

  it("nothing that a check does holds the thread: hanging, flooding and forking at once", async () => {
    const endless = "trap '' TERM; while :; do sleep 1; done";
    const checks = start({
      hang: { command: ["/bin/sh", "-c", endless], every: "1s", timeout: "300ms", fall: 1 },
      flood: { command: ["yes"], every: "1s", timeout: "300ms", fall: 1 },
      fork: {
        command: ["/bin/sh", "-c", "for i in $(seq 20); do sleep 60 & done; wait"],
        every: "1s",
        timeout: "300ms",
        fall: 1,
      },
      good: { file: "/", every: "100ms" },
    });
    const stall = longestStall();
    await until(() => changes.length === 3, "three failures");
    const longest = stall.end();
    assert.ok(longest < 50, `the event loop stood for ${longest} ms`);
    assert.deepEqual(verdicts(checks), { hang: "failed", flood: "failed", fork: "failed", good: "good" });
  });

  it("stopped, is silent", async () => {
    network.link("ens3", true);
    const checks = start({ file: { file: "/no/such/file", every: "100ms", fall: 1 }, link: { link: "ens3" } });
    checks.stop();
    network.link("ens3", false);
    await delay(50);
    assert.deepEqual(changes, []);
  });
});
