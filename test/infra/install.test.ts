/** infra/remote/install.sh, run for real on a machine in a folder. */
import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "mocha";
import { FakeMachine, type Wanted } from "./fakeMachine.ts";

const FIRST: Wanted = { release: "one", runtime: "#!/bin/sh\n# node 20\n", config: '{"priority": 200}' };

describe("the installation on a node", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = new FakeMachine();
  });
  afterEach(() => {
    machine.remove();
  });

  const short = (wanted: Wanted): string => machine.releaseHash(wanted).slice(0, 16);
  const current = (): string => machine.linkAt("opt/failover-agent/current");
  const config = (): string => machine.read("root", "etc/failover-agent/agent.json");

  it("on a machine that has nothing puts everything in its place and starts the agent", () => {
    const { status, stdout, disturbed } = machine.deploy(FIRST);
    assert.equal(status, 0);
    assert.equal(stdout, `failover-agent ${short(FIRST)}: started\n`);
    assert.deepEqual(disturbed, ["restart"]);
    assert.equal(machine.running, FIRST.config);
    assert.equal(current(), `releases/${short(FIRST)}`);
    assert.equal(
      machine.linkAt("etc/systemd/system/failover-agent.service"),
      "/opt/failover-agent/current/failover-agent.service",
    );
    const installed = "root/opt/failover-agent/current";
    assert.deepEqual(machine.list("opt/failover-agent/current/"), [
      "failover-agent",
      "failover-agent.cjs",
      "failover-agent.service",
      "node",
    ]);
    assert.equal(machine.read(installed, "node"), FIRST.runtime);
    const mode = (path: string) => (statSync(machine.path(path)).mode & 0o777).toString(8);
    assert.equal(mode(`${installed}/failover-agent`), "755");
    assert.equal(mode(`${installed}/failover-agent.cjs`), "644");
    assert.equal(mode(`${installed}/node`), "755");
    assert.equal(mode("root/etc/failover-agent/agent.json"), "600");
    assert.match(machine.read("asked"), /^enable /m);
  });

  it("of the same again leaves the agent alone", () => {
    machine.deploy(FIRST);
    const { status, stdout, disturbed } = machine.deploy(FIRST);
    assert.deepEqual([status, stdout, disturbed], [0, `failover-agent ${short(FIRST)}: left alone\n`, []]);
  });

  it("shows the agent other users' processes where a check looks for one, and no longer than that", () => {
    const setting = "etc/systemd/system/failover-agent.service.d/processes.conf";
    machine.deploy(FIRST);
    assert.equal(machine.read("root", setting), "");
    const looking = { ...FIRST, config: '{"checks": {"proxy": {"process": "nginx"}}}' };
    assert.deepEqual(machine.deploy(looking).disturbed, ["restart"]);
    assert.equal(machine.read("root", setting), "[Service]\nProtectProc=default\n");
    assert.deepEqual(machine.deploy(looking).disturbed, []);
    assert.deepEqual(machine.deploy(FIRST).disturbed, ["restart"]);
    assert.equal(machine.read("root", setting), "");
  });

  it("of another configuration reloads the agent", () => {
    machine.deploy(FIRST);
    const { status, stdout, disturbed } = machine.deploy({ ...FIRST, config: '{"priority": 100}' });
    assert.deepEqual([status, stdout, disturbed], [0, `failover-agent ${short(FIRST)}: reloaded\n`, ["reload"]]);
    assert.equal(machine.running, '{"priority": 100}');
  });

  it("of another release restarts the agent, and keeps the release before", () => {
    machine.deploy(FIRST);
    const second = { ...FIRST, release: "two", config: '{"priority": 100}' };
    const { status, stdout, disturbed } = machine.deploy(second);
    assert.deepEqual([status, stdout, disturbed], [0, `failover-agent ${short(second)}: restarted\n`, ["restart"]]);
    assert.equal(machine.running, '{"priority": 100}');
    assert.deepEqual(machine.list("opt/failover-agent/releases"), [short(FIRST), short(second)].sort());
  });

  it("of another runtime under the same release restarts the agent, and removes the runtime nobody uses", () => {
    machine.deploy(FIRST);
    const second = { ...FIRST, runtime: "#!/bin/sh\n# node 22\n" };
    const { status, disturbed } = machine.deploy(second);
    assert.deepEqual([status, disturbed], [0, ["restart"]]);
    assert.equal(machine.read("root/opt/failover-agent/current/node"), second.runtime);
    assert.equal(machine.list("opt/failover-agent/runtime").length, 1);
  });

  it("of a third release removes the first", () => {
    for (const release of ["one", "two", "three"]) machine.deploy({ ...FIRST, release });
    const kept = ["two", "three"].map((release) => short({ ...FIRST, release })).sort();
    assert.deepEqual(machine.list("opt/failover-agent/releases"), kept);
  });

  it("takes an agent for up that is held back, and one whose peer has not come up", () => {
    const drained = { role: "initialize", claim: { demotion: 0, held: "drained" }, held: false };
    const peer = { routers: [{ name: "web", role: "initialize", preference: 100 }] };
    machine.agentSays({ virtualRouters: [drained], peerLink: { peers: [peer] } });
    assert.equal(machine.deploy(FIRST).status, 0);
  });

  it("takes an agent for up that waits out its start-up delay, however long", () => {
    const claim = { demotion: 0, held: null };
    machine.agentSays({
      virtualRouters: [{ role: "initialize", startsAt: "2026-11-21T06:10:00.000Z", claim, held: false }],
    });
    assert.equal(machine.deploy(FIRST).status, 0);
  });

  it("starts an agent that is dead, with nothing changed", () => {
    machine.deploy(FIRST);
    machine.kill();
    const { status, stdout } = machine.deploy(FIRST);
    assert.deepEqual([status, stdout], [0, `failover-agent ${short(FIRST)}: started\n`]);
    assert.equal(machine.running, FIRST.config);
  });

  it("of a configuration that the agent refuses fails, and puts the old one back", () => {
    machine.deploy(FIRST);
    const { status, stderr, disturbed } = machine.deploy({ ...FIRST, config: "refuse this" });
    assert.equal(status, 1);
    assert.match(stderr, /^the journal$/m);
    assert.match(stderr, /did not come up \(reloaded\); what ran before is back\n$/);
    assert.equal(config(), FIRST.config);
    assert.equal(machine.running, FIRST.config);
    assert.deepEqual(disturbed, ["reload", "reload"]);
  });

  it("of a release that does not start fails, and puts release and configuration back", () => {
    machine.deploy(FIRST);
    const { status, stderr } = machine.deploy({ ...FIRST, release: "broken", config: '{"priority": 1}' });
    assert.equal(status, 1);
    assert.match(stderr, /did not come up \(restarted\); what ran before is back\n$/);
    assert.equal(current(), `releases/${short(FIRST)}`);
    assert.equal(machine.running, FIRST.config);
    assert.equal(config(), FIRST.config);
  });

  it("of a release with another runtime that does not start puts the old runtime back too", () => {
    machine.deploy(FIRST);
    machine.deploy({ ...FIRST, config: "broken", runtime: "another" });
    assert.equal(machine.read("root/opt/failover-agent/current/node"), FIRST.runtime);
    assert.equal(machine.running, FIRST.config);
  });

  it("of a first release that does not start fails and says that there is none before", () => {
    const { status, stderr } = machine.deploy({ ...FIRST, release: "broken" });
    assert.equal(status, 1);
    assert.match(stderr, /did not come up on a machine that had none before\n$/);
  });

  it("that was cut off before the agent was touched is finished by the next run", () => {
    machine.deploy(FIRST);
    const second = { ...FIRST, release: "two" };
    machine.copy(second);
    machine.losePowerAtSystemctl();
    assert.equal(machine.install(second).status, null);
    assert.equal(current(), `releases/${short(second)}`);
    machine.repair();
    const { status, stdout } = machine.install(second);
    assert.deepEqual([status, stdout], [0, `failover-agent ${short(second)}: restarted\n`]);
  });

  it("refuses a copy that is not whole, and touches nothing", () => {
    machine.deploy(FIRST);
    const cases: readonly [string, Wanted, () => void, RegExp][] = [
      [
        "runtime",
        { ...FIRST, runtime: "new" },
        () => {
          writeFileSync(machine.path("home/.failover-agent/node.gz"), "half");
        },
        /gzip|runtime/,
      ],
      [
        "config",
        { ...FIRST, config: "new" },
        () => {
          writeFileSync(machine.path("home/.failover-agent/agent.json"), "ne");
        },
        /the copied agent\.json is not [0-9a-f]{64}: copy it again/,
      ],
    ];
    for (const [what, wanted, damage, message] of cases) {
      machine.copy(wanted);
      damage();
      const { status, stderr, disturbed } = machine.install(wanted);
      assert.notEqual(status, 0, what);
      assert.match(stderr, message);
      assert.deepEqual(disturbed, [], what);
    }
    const second = { ...FIRST, release: "two" };
    machine.copy(second);
    const { status, stderr } = machine.install(second, { digest: "0".repeat(64) });
    assert.equal(status, 1);
    assert.match(stderr, /the copied release is not [0-9a-f]{64}: copy it again/);
    assert.deepEqual([current(), machine.running, config()], [`releases/${short(FIRST)}`, FIRST.config, FIRST.config]);
  });
});
