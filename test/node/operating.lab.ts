/** Operating real agents: an operator's orders through restarts, what is recorded of them and replayed, and what is foretold. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OperatorStatus } from "../../agent/operator/operatorState.ts";
import { replay } from "../../agent/simulation/replay.ts";
import type { Simulation } from "../../agent/simulation/simulate.ts";
import { AgentGroup } from "./agentGroup.ts";
import { AgentLab, type Node, PATIENCE_MS, VIP } from "./agentLab.ts";
import { type Running, until } from "./namespaces.ts";

/** Nothing here is about speed, and a peer that a loaded machine takes for lost is no heir. */
const PATIENT = { link: { heartbeat: "1s" } } as const;

describe("operating agents", function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let group: AgentGroup;
  let one: Running;

  before(async () => {
    lab = await AgentLab.open();
  });
  beforeEach(async () => {
    for (const node of ["n1", "n2"] as const) rmSync(lab.stateDirectory(node), { recursive: true, force: true });
    group = new AgentGroup(lab);
    one = group.start("n1", PATIENT);
    group.start("n2", PATIENT);
    await group.settled();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  /** Runs a command to its end. */
  async function told(
    node: Node,
    ...argv: string[]
  ): Promise<{ readonly code: number | string; readonly text: string }> {
    const command = lab.agent(node, ...argv);
    return { code: await command.ended, text: command.output() };
  }

  /** Waits until one node has the address, and the other, which takes no part, has not. */
  async function held(owner: Node): Promise<void> {
    const other = owner === "n1" ? "n2" : "n1";
    await lab.becomes(owner, "master");
    await lab.becomes(other, "initialize");
    assert.deepEqual([lab.holds(owner), lab.holds(other)], [true, false]);
  }

  async function restarted(node: Node): Promise<Running> {
    if (node === "n1") {
      one.child.kill("SIGTERM");
      await one.ended;
    }
    return group.start(node, PATIENT);
  }

  async function operatorOf(node: Node): Promise<OperatorStatus | undefined> {
    return (await lab.status(node))?.operator;
  }

  it("hand over to a named node without losing an answer, and stay deferential through a restart", async () => {
    const probe = lab.net.probe(VIP);
    await probe.answered();
    const { code, text } = await told("n1", "handover", "web", "--to", "n2");
    assert.deepEqual([code, text.trim()], [0, "web: backup, master is n2 (10.25.0.12) (the successor was heard)"]);
    await probe.answered(50);
    const { lost, gapMs } = await probe.finish();
    lab.measured(`handover: ${lost} answers lost, longest gap ${gapMs} ms`);
    assert.equal(lost, 0);
    await restarted("n1");
    await group.connected("n1");
    await until("n1 is a backup again", PATIENCE_MS, async () => (await lab.web("n1"))?.masterAddress === "10.25.0.12");
    const [router] = (await lab.status("n1"))?.virtualRouters ?? [];
    assert.equal(router?.role, "backup");
    assert.deepEqual((await operatorOf("n1"))?.handedOver, ["web"]);
    assert.equal((await told("n1", "undrain")).code, 0);
    await group.isOwnedBy("n1");
    assert.deepEqual((await operatorOf("n1"))?.handedOver, []);
  });

  it("drain, and are drained after a restart, until they are told otherwise", async () => {
    const { code, text } = await told("n1", "drain");
    assert.deepEqual([code, text.split("\n")[0]], [0, "the node is drained"]);
    await held("n2");
    await restarted("n1");
    await until(
      "n1 knows that it is drained",
      PATIENCE_MS,
      async () => (await lab.web("n1"))?.ineligibleReason === "drained",
    );
    await held("n2");
    await told("n1", "undrain");
    await group.isOwnedBy("n1");
  });

  it("are in maintenance for as long as they were told, and not longer", async () => {
    assert.equal((await told("n1", "maintenance", "on", "--for", "3s")).code, 0);
    assert.equal((await lab.web("n1"))?.ineligibleReason, "maintenance");
    await held("n2");
    await group.isOwnedBy("n1");
    assert.equal((await operatorOf("n1"))?.maintenance, null);
  });

  it("refuse a handover that cannot be, with the reason", async () => {
    const { code, text } = await told("n2", "handover", "web");
    assert.equal(code, 1);
    assert.match(text, /n2 is not master of web but in the role backup: hand over on its master, 10\.25\.0\.11/);
    assert.match((await told("n1", "handover", "--to", "n3")).text, /"n3" is no peer of n1: write one of n2/);
  });

  it("record what replays to the same changes of role", async () => {
    await told("n1", "handover", "web");
    await told("n1", "undrain");
    await group.isOwnedBy("n1");
    for (const node of ["n1", "n2"] as const) {
      const { code, text } = await told(node, "record");
      assert.equal(code, 0);
      const result = replay(text);
      assert.ok(result.kind === "same", JSON.stringify(result));
      const recorded = result.transitions.map(({ from, to, reason }) => `${from}>${to} ${reason}`);
      const seen = (await lab.web(node))?.transitions.map(({ from, to, reason }) => `${from}>${to} ${reason}`);
      assert.deepEqual(recorded, seen);
      const file = join(lab.net.directory, `${node}.jsonl`);
      writeFileSync(file, text);
      const command = lab.net.start(node, process.execPath, lab.bundle, "replay", file);
      assert.equal(await command.ended, 0);
      assert.match(command.output(), /events make the same \d+ changes of role again/);
    }
  });

  it("foretell what then happens", async () => {
    const { code, text } = await told("n1", "simulate", "--drain", "n1", "--json");
    assert.equal(code, 0);
    const [course] = (JSON.parse(text) as Simulation).courses;
    assert.deepEqual([course?.before, course?.after, course?.unheldMicros], [["n1"], ["n2"], 0]);
    await told("n1", "drain");
    await held("n2");
    assert.equal((await lab.web("n2"))?.lastTransition?.reason, "handover");
    const back = JSON.parse((await told("n2", "simulate", "--lose", "n2", "--json")).text) as Simulation;
    assert.deepEqual(back.courses[0]?.after, []);
    await told("n1", "undrain");
    await group.isOwnedBy("n1");
  });

  it("tell their metrics, on the command line and over HTTP", async () => {
    const { text } = await told("n1", "metrics");
    assert.match(text, /^vipf_role\{virtual_router="web",protocol="vrrp",role="master"\} 1$/m);
    assert.match(text, /^vipf_peer_connected\{peer="n2"\} 1$/m);
    const file = group.configFile("n1", PATIENT);
    const document = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...document, metrics: { listen: "10.25.0.11" } }));
    assert.equal((await told("n1", "reload", "--config", file)).code, 0);
    const fetchText = "fetch('http://10.25.0.11:9112/metrics').then(async (r) => console.log(await r.text()))";
    await until("metrics are served", PATIENCE_MS, async () => {
      const client = lab.net.start("nc", process.execPath, "-e", fetchText);
      await client.ended;
      return client.output().includes('vipf_role{virtual_router="web"');
    });
    await group.isOwnedBy("n1");
  });
});
