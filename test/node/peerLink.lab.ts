/** Agents with a peer link, each way a master is lost: sooner than by the protocol, in good order, with one owner in the end. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentGroup } from "./agentGroup.ts";
import { AgentLab, PATIENCE_MS, VIP } from "./agentLab.ts";
import { addressOf } from "./cabling.ts";
import { Claims } from "./claims.ts";
import { type Running, until } from "./namespaces.ts";

/** What the kernel of a dead process takes to say so, and a short skew: a few milliseconds, and a loaded machine's share. */
const DEATH_MS = 500;
/** Three heartbeats of 50 ms and a short skew, and a loaded machine's share; the protocol alone takes 2.4 s at least. */
const SILENCE_MS = 1_500;
/** Active_Down_Interval of priority 100 at 1 s, and what is allowed on top of it. */
const PROTOCOL_MS = 3_610 + 500;
const LEAST_PROTOCOL_MS = 2_400;
/** The lease of a virtual router with advertisements of 1 s, and a margin: the kernel counts lifetimes in seconds. */
const LEASE_MS = 6_000 + 1_500;
/** A master that was silent for three intervals may have been replaced, as far as it knows: it listens. */
const DEPOSED_MS = 3_000;

describe("agents with a peer link", function () {
  this.timeout(60_000);
  let lab: AgentLab;

  before(async () => {
    lab = await AgentLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  /** Freezes a master until the other one is master. @returns how the other one got there */
  async function freeze(one: Running): Promise<{ readonly reason: string; readonly ms: number }> {
    const frozenMs = Date.now();
    one.child.kill("SIGSTOP");
    return lab.takeover(frozenMs);
  }

  /** Lets n1 go on, which has to find out that n2 is master, and claim nothing before. */
  async function wake(one: Running): Promise<void> {
    const claims = new Claims("n1", VIP);
    one.child.kill("SIGCONT");
    await until("n1 let go", PATIENCE_MS, async () => {
      const { role, masterAddress } = (await lab.web("n1")) ?? {};
      return role === "backup" && masterAddress === addressOf("n2", "private") && !lab.holds("n1");
    });
    assert.deepEqual([claims.advertisements(), claims.announcements()], [0, 0]);
    assert.equal((await lab.web("n2"))?.lastTransition?.to, "master");
  }

  it("hand over a planned stop in milliseconds, without one lost answer", async () => {
    const one = await new AgentGroup(lab).startAll();
    const probe = lab.net.probe(VIP);
    await probe.answered();
    const stoppedMs = Date.now();
    one.child.kill("SIGTERM");
    const { reason, ms } = await lab.takeover(stoppedMs);
    assert.equal(await one.ended, 0);
    await probe.answered(50);
    const seen = await probe.finish();
    lab.measured(`SIGTERM: takeover ${ms} ms, gap ${seen.gapMs} ms, lost ${seen.lost} of ${seen.sent}`);
    assert.equal(reason, "handover");
    assert.ok(ms < DEATH_MS, `takeover after ${ms} ms`);
    assert.equal(seen.lost, 0);
    assert.ok(!lab.holds("n1"));
  });

  it("have packet sockets under lower numbers than connections: a dead process closes the highest first", async () => {
    const { child } = await new AgentGroup(lab).startAll();
    const [packets, connections] = [fdsOf(child.pid, "packet"), fdsOf(child.pid, "tcp")];
    assert.equal(packets.length, 3);
    assert.ok(connections.length > 1, "a listener and a connection");
    assert.ok(Math.max(...packets) < Math.min(...connections), `${packets.join()} and ${connections.join()}`);
  });

  it("take over from a killed one at once, though nobody resigned for it, and its address goes by its lease", async () => {
    const group = new AgentGroup(lab);
    const one = await group.startAll();
    const probe = lab.net.probe(VIP);
    await probe.answered();
    const killedMs = Date.now();
    one.child.kill("SIGKILL");
    const { reason, ms } = await lab.takeover(killedMs);
    const leaseMs = await until("the address is gone", LEASE_MS, () => !lab.holds("n1"));
    const seen = await probe.finish();
    lab.measured(
      `SIGKILL: takeover ${ms} ms, gap ${seen.gapMs} ms, lost ${seen.lost} of ${seen.sent}, ` +
        `the dead one's address gone after ${Math.round(ms + leaseMs)} ms`,
    );
    assert.equal(reason, "peer-lost");
    assert.ok(ms < DEATH_MS, `takeover after ${ms} ms`);
    await group.isOwnedBy("n2");
  });

  it("take over from a frozen one; woken before the protocol would have missed it, the preferred one goes on", async () => {
    const group = new AgentGroup(lab);
    const one = await group.startAll();
    const { reason, ms } = await freeze(one);
    lab.measured(`SIGSTOP: takeover ${ms} ms`);
    assert.equal(reason, "peer-lost");
    assert.ok(ms < SILENCE_MS, `takeover after ${ms} ms`);
    one.child.kill("SIGCONT");
    await group.settled();
    assert.equal((await lab.web("n2"))?.lastTransition?.reason, "higher-priority");
  });

  it("have a frozen one's address gone by its lease; woken late it listens, claims nothing, and preempts in due time", async () => {
    const group = new AgentGroup(lab);
    const one = await group.startAll();
    await freeze(one);
    await until("the address is gone", LEASE_MS, () => !lab.holds("n1"));
    await sleep(DEPOSED_MS);
    await wake(one);
    await group.settled();
    const roles = (await lab.web("n1"))?.transitions.map(({ to, reason }) => `${to} ${reason}`) ?? [];
    assert.deepEqual(roles.slice(-3), ["resuming stalled", "backup successor-heard", "master master-down"]);
  });

  it("leave the address on a frozen one whose lease is off, until it wakes", async () => {
    const group = new AgentGroup(lab, { router: { preempt: false, lease: "off" } });
    const one = await group.startAll();
    await freeze(one);
    await sleep(LEASE_MS);
    assert.ok(lab.holds("n1"));
    await wake(one);
    await group.isOwnedBy("n2");
    await group.connected("n2");
  });

  it("wake from a pause of the whole machine, with nothing to read, and claim nothing", async () => {
    const group = new AgentGroup(lab, { router: { preempt: false } });
    const one = await group.startAll();
    lab.net.frames("n1", "private", "drop");
    await freeze(one);
    await until("the address is gone", LEASE_MS, () => !lab.holds("n1"));
    await sleep(DEPOSED_MS);
    lab.net.frames("n1", "private", "pass");
    await wake(one);
    await group.isOwnedBy("n2");
    await group.connected("n2");
  });

  for (const [networks, how] of [
    [["private"], "its silence"],
    [["private", "public"], "its word over the other network"],
  ] as const) {
    it(`take over from one whose link is down, by ${how}`, async () => {
      const group = new AgentGroup(lab, { networks });
      await group.startAll();
      const cutMs = Date.now();
      lab.net.cable("n1", "down");
      const { reason, ms } = await lab.takeover(cutMs);
      lab.measured(`link down, over ${networks.join(" and ")}: takeover ${ms} ms`);
      assert.equal(reason, "peer-lost");
      assert.ok(ms < SILENCE_MS, `takeover after ${ms} ms`);
      await until("n1 let go", PATIENCE_MS, () => !lab.holds("n1"));
      lab.net.cable("n1", "up");
      await group.settled();
    });
  }

  it("take over from one that is cut off without a trace, and have one owner when it is back", async () => {
    const group = new AgentGroup(lab);
    await group.startAll();
    const cutMs = Date.now();
    lab.net.frames("n1", "private", "drop");
    const { reason, ms } = await lab.takeover(cutMs);
    assert.equal(reason, "peer-lost");
    assert.ok(ms < SILENCE_MS, `takeover after ${ms} ms`);
    const probe = lab.net.probe(VIP);
    await probe.answered();
    lab.net.frames("n1", "private", "pass");
    await group.settled();
    const seen = await probe.finish();
    lab.measured(`blackhole: takeover ${ms} ms; healed: gap ${seen.gapMs} ms, lost ${seen.lost} of ${seen.sent}`);
  });

  it("leave it to the protocol when the segment is cut and the other network is not: the master lives", async () => {
    const group = new AgentGroup(lab, { networks: ["private", "public"] });
    await group.startAll();
    const cutMs = Date.now();
    lab.net.frames("n1", "private", "drop");
    const { reason, ms } = await lab.takeover(cutMs);
    assert.equal(reason, "master-down");
    assert.ok(ms > LEAST_PROTOCOL_MS && ms < PROTOCOL_MS, `takeover after ${ms} ms`);
    const [peer] = (await lab.status("n2"))?.peerLink?.peers ?? [];
    assert.equal(peer?.state, "connected");
    assert.deepEqual(
      peer.paths.map(({ up }) => up),
      [false, true],
    );
    assert.equal(peer.routers[0]?.role, "master");
    lab.net.frames("n1", "private", "pass");
    await group.settled();
  });
});

/** The descriptors of a process' sockets that are in one of the tables of proc_net(5). */
function fdsOf(pid: number | undefined, table: "packet" | "tcp"): readonly number[] {
  assert.ok(pid !== undefined);
  const inodes = readFileSync(`/proc/${pid}/net/${table}`, "utf8").split(/\s+/);
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`)) ?? [];
    return inode !== undefined && inodes.includes(inode) ? Number(fd) : [];
  });
}

/** What a descriptor is; empty for one that was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
