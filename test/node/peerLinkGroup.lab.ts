/** Groups of agents whose peer links are not as they should be, are off, or are three: the protocol holds in any case. */
import assert from "node:assert/strict";
import { AgentGroup } from "./agentGroup.ts";
import { AgentLab, type Node, PATIENCE_MS, VIP } from "./agentLab.ts";
import { type Running, until } from "./namespaces.ts";

/** What a dead process's kernel takes to say so and a short skew, with a loaded machine's share. */
const DEATH_MS = 500;
/** Active_Down_Interval of priority 100 at 1 s, less the interval that may have passed when the fault comes, and a margin. */
const LEAST_PROTOCOL_MS = 2_400;
const PROTOCOL_MS = 3_610 + 500;
/** Skew_Time of priority 100 at 1 s, and a margin. */
const SKEW_MS = 610 + 500;
/** 3 s of the kernel, which counts lifetimes in seconds. */
const LEASE_MS = 6_000 + 1_500;
/** A difference is an alarm after 10 s, at the next heartbeat. */
const ALARM_MS = 10_000;
const OTHER_KEY = "fedcba9876543210".repeat(4);

describe("agents, whatever their peer link", function () {
  this.timeout(60_000);
  let lab: AgentLab;

  before(async () => {
    lab = await AgentLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  async function mastersAmong(nodes: readonly Node[]): Promise<readonly Node[]> {
    const views = await Promise.all(nodes.map(async (node) => ({ node, web: await lab.web(node) })));
    return views.filter(({ web }) => web?.transitions.some(({ to }) => to === "master")).map(({ node }) => node);
  }

  it("agree among three: the best takes over from a dead master, and keeps what it took", async () => {
    const group = new AgentGroup(lab, { nodes: ["n1", "n2", "n3"] });
    const one = await group.startAll();
    const killedMs = Date.now();
    one.child.kill("SIGKILL");
    const { reason, ms } = await lab.takeover(killedMs);
    lab.measured(`SIGKILL among three: takeover ${ms} ms`);
    assert.equal(reason, "peer-lost");
    assert.ok(ms < DEATH_MS, `takeover after ${ms} ms`);
    await group.isOwnedBy("n2");
    // On a machine that is short of processors the third may not hear the second in time, and yields at once.
    assert.equal((await lab.web("n3"))?.role, "backup");
  });

  it("agree among three: a planned stop is handed to the best, then to the one that is left", async () => {
    const group = new AgentGroup(lab, { nodes: ["n1", "n2", "n3"] });
    const one = await group.startAll();
    const probe = lab.net.probe(VIP);
    await probe.answered();
    one.child.kill("SIGTERM");
    assert.equal(await one.ended, 0);
    assert.equal((await lab.takeover(0)).reason, "handover");
    assert.deepEqual(await mastersAmong(["n2", "n3"]), ["n2"]);
    lab.net.frames("n2", "private", "drop");
    assert.equal((await lab.takeover(0, "n3")).reason, "peer-lost");
    lab.net.frames("n2", "private", "pass");
    await group.isOwnedBy("n2");
    await probe.answered(20);
    const { lost, sent, gapMs } = await probe.finish();
    lab.measured(`three nodes, stop, blackhole and heal: gap ${gapMs} ms, lost ${lost} of ${sent}`);
  });

  it("elect by the protocol alone when a peer has another key, and count what they refused", async () => {
    const group = new AgentGroup(lab);
    const one = group.start("n1");
    group.start("n2", { link: { key: OTHER_KEY } });
    await group.isOwnedBy("n1");
    await until("the refusal is counted", PATIENCE_MS, async () => {
      const links = [(await lab.status("n1"))?.peerLink, (await lab.status("n2"))?.peerLink];
      return links.some((link) => (link?.refusals["wrong-key"] ?? 0) > 0);
    });
    assert.equal((await lab.status("n1"))?.peerLink?.peers[0]?.state, "unheard");
    const stoppedMs = Date.now();
    one.child.kill("SIGTERM");
    const { reason, ms } = await lab.takeover(stoppedMs);
    assert.equal(reason, "master-resigned");
    assert.ok(ms < SKEW_MS, `takeover after ${ms} ms`);
    assert.equal(await one.ended, 0);
  });

  it("raise an alarm that names the virtual router when its configurations differ for ten seconds", async () => {
    const group = new AgentGroup(lab);
    const one = group.start("n1");
    group.start("n2", { router: { advertisementInterval: "900ms" } });
    await group.settled();
    const [peer] = (await lab.status("n1"))?.peerLink?.peers ?? [];
    assert.deepEqual([peer?.configMatches, peer?.mismatched], [false, ["web"]]);
    assert.doesNotMatch(one.output(), /another configuration/);
    const alarm = "has another configuration of web: roll the same one out to every node";
    await until("the alarm", ALARM_MS + PATIENCE_MS, () => one.output().includes(alarm));
    const line =
      one
        .output()
        .split("\n")
        .find((text) => text.includes(alarm)) ?? "";
    assert.equal((JSON.parse(line) as { readonly level: string }).level, "error");
    const reload = lab.agent("n2", "reload", "--config", group.configFile("n2"));
    assert.equal(await reload.ended, 0);
    await until("they match", PATIENCE_MS, async () => {
      return (await lab.status("n1"))?.peerLink?.peers[0]?.configMatches === true;
    });
  });

  it("have a peer link from the moment a reload switches it on", async () => {
    const off = new AgentGroup(lab, { networks: [] });
    const one = await off.startAll();
    const on = new AgentGroup(lab);
    for (const node of ["n1", "n2"] as const) {
      const reload = lab.agent(node, "reload", "--config", on.configFile(node));
      assert.equal(await reload.ended, 0, reload.output());
    }
    await on.settled();
    assert.equal((await lab.status("n2"))?.peerLink?.peers[0]?.routers[0]?.role, "master");
    one.child.kill("SIGTERM");
    assert.equal(await one.ended, 0);
    assert.equal((await lab.takeover(0)).reason, "handover");
  });

  describe("without one", () => {
    /** n2 found out by the protocol, in its time. */
    function isByProtocol({ reason, ms }: { readonly reason: string; readonly ms: number }): void {
      assert.equal(reason, "master-down");
      assert.ok(ms > LEAST_PROTOCOL_MS && ms < PROTOCOL_MS, `takeover after ${ms} ms`);
    }

    async function startAll(): Promise<{ readonly agents: AgentGroup; readonly one: Running }> {
      const agents = new AgentGroup(lab, { networks: [] });
      const one = await agents.startAll();
      assert.equal((await lab.status("n1"))?.peerLink, null);
      return { agents, one };
    }

    it("take over from a killed one, whose address goes by its lease", async () => {
      const { agents, one } = await startAll();
      const killedMs = Date.now();
      one.child.kill("SIGKILL");
      await until("the address is gone", LEASE_MS, () => !lab.holds("n1"));
      isByProtocol(await lab.takeover(killedMs));
      await agents.isOwnedBy("n2");
    });

    it("take over from a frozen one, which listens when it wakes", async () => {
      const { agents, one } = await startAll();
      const frozenMs = Date.now();
      one.child.kill("SIGSTOP");
      isByProtocol(await lab.takeover(frozenMs));
      one.child.kill("SIGCONT");
      await agents.settled();
      const roles = (await lab.web("n1"))?.transitions.map(({ to, reason }) => `${to} ${reason}`) ?? [];
      assert.deepEqual(roles.slice(-3), ["resuming stalled", "backup successor-heard", "master master-down"]);
    });

    it("take over from one that is cut off, and have one owner without a gap when it is back", async () => {
      const { agents } = await startAll();
      const cutMs = Date.now();
      lab.net.frames("n1", "private", "drop");
      isByProtocol(await lab.takeover(cutMs));
      const probe = lab.net.probe(VIP);
      await probe.answered();
      lab.net.frames("n1", "private", "pass");
      await agents.settled();
      await probe.answered(20);
      const { gapMs, lost, sent } = await probe.finish();
      lab.measured(`blackhole without a peer link, healed: gap ${gapMs} ms, lost ${lost} of ${sent}`);
    });
  });
});
