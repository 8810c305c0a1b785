/** The agent and keepalived as two halves of one virtual router: both families, unicast and multicast, either way round. */
import assert from "node:assert/strict";
import { replay } from "../../agent/simulation/replay.ts";
import { nowMs } from "../../lab/drills/clock.ts";
import {
  agentVrrp,
  INTERVAL_MS,
  KEEPALIVED_COMPLAINS,
  keepalivedVrrp,
  Rig,
  TRANSPORTS,
  type Transport,
  transportText,
} from "./rig.ts";

/** Long enough for whoever wants the address to have taken it. */
const A_WHILE_MS = 10 * INTERVAL_MS;

describe("VRRP with keepalived", function () {
  this.timeout(90_000);
  let rig: Rig;

  before(async () => {
    rig = await Rig.open(2);
  });
  afterEach(() => rig.reset());
  after(() => rig.close());

  for (const transport of TRANSPORTS) {
    describe(transportText(transport), () => {
      standing(transport);
      takingTurns(transport);
      choosing(transport);
    });
  }

  it("refuses what a default keepalived sends by IPv6 unicast with a hop limit of 64, unless it may cross routers [5.1.2.3-b]", async () => {
    const transport = { family: 6, multicast: false } as const;
    rig.start(1, keepalivedVrrp({ ...transport, unicastTtl: undefined }));
    await rig.heldBy(1, 6);
    const strict = rig.start(2, await agentVrrp(transport));
    await rig.heldByAll(6);
    assert.deepEqual(Object.keys(await rig.droppedBy(2)), ["ttl"]);
    await strict.kill();
    rig.segment.clean(rig.node(2));
    rig.start(2, await agentVrrp({ ...transport, minimumTtl: 64 }));
    await rig.staysWith(1, 2 * A_WHILE_MS, 6);
    await rig.assertNothingDropped(2);
  });

  it("a takeover from a killed keepalived, and its return, replay to the same changes of role", async () => {
    const other = rig.start(1, keepalivedVrrp());
    await rig.heldBy(1);
    rig.start(2, await agentVrrp());
    await rig.staysWith(1, A_WHILE_MS);
    await other.kill();
    rig.segment.clean(rig.node(1));
    await rig.heldBy(2);
    rig.start(1, keepalivedVrrp());
    await rig.heldBy(1);
    const replayed = replay(await rig.recordingOf(2));
    assert.ok(replayed.kind === "same", JSON.stringify(replayed));
    assert.deepEqual(
      replayed.transitions.map(({ from, to, reason }) => `${from}>${to} ${reason}`),
      ["initialize>backup startup", "backup>master master-down", "master>backup higher-priority"],
    );
  });

  function standing(transport: Transport): void {
    const { family } = transport;

    it("the agent as master is heard and followed [3-b 6.4.2-j 5.2.1-a:+ 5.2.8-a:+]", async () => {
      const other = rig.start(2, keepalivedVrrp(transport));
      await rig.heldBy(2, family);
      const own = rig.start(1, await agentVrrp(transport));
      await rig.heldBy(1, family);
      const sinceMs = nowMs();
      await rig.staysWith(1, A_WHILE_MS, family);
      assert.deepEqual(rig.sniffer.advertisements(rig.node(2), sinceMs + INTERVAL_MS), []);
      await rig.assertNothingDropped(1);
      assert.doesNotMatch(other.output, KEEPALIVED_COMPLAINS);
      assert.equal(own.isOver, false);
    });

    it("the agent as backup hears and follows [3-b 6.4.2-j 7.1-j:+]", async () => {
      const other = rig.start(1, keepalivedVrrp(transport));
      await rig.heldBy(1, family);
      rig.start(2, await agentVrrp(transport));
      const sinceMs = nowMs();
      await rig.staysWith(1, 2 * A_WHILE_MS, family);
      assert.deepEqual(rig.sniffer.advertisements(rig.node(2), sinceMs), []);
      await rig.assertNothingDropped(2);
      assert.doesNotMatch(other.output, KEEPALIVED_COMPLAINS);
    });
  }

  function takingTurns(transport: Transport): void {
    const { family } = transport;

    it("the agent resigns to keepalived, and takes the address back [6.4.3-i 5.2.4-d:+]", async () => {
      const other = rig.start(2, keepalivedVrrp(transport));
      const own = rig.start(1, await agentVrrp(transport));
      await rig.heldBy(1, family);
      const stoppedMs = nowMs();
      own.stop();
      assert.equal(await own.ended, 0);
      await rig.heldBy(2, family);
      const last = rig.sniffer.advertisements(rig.node(1), stoppedMs).at(-1);
      assert.equal(last?.payload[2], 0, "the last advertisement has priority 0");
      rig.start(1, await agentVrrp(transport));
      await rig.heldBy(1, family);
      assert.doesNotMatch(other.output, KEEPALIVED_COMPLAINS);
    });

    it("keepalived resigns to the agent, and takes the address back [6.4.2-h 6.4.3-l]", async () => {
      const other = rig.start(1, keepalivedVrrp(transport));
      await rig.heldBy(1, family);
      rig.start(2, await agentVrrp(transport));
      await rig.staysWith(1, A_WHILE_MS, family);
      const stoppedMs = nowMs();
      other.stop();
      await rig.advertises(2, stoppedMs);
      const tookMs = (rig.sniffer.advertisements(rig.node(2), stoppedMs)[0]?.atMs ?? 0) - stoppedMs;
      assert.ok(tookMs < 2 * INTERVAL_MS, `after priority 0 it waits its skew, not ${tookMs} ms`);
      await rig.heldBy(2, family);
      await other.ended;
      rig.start(1, keepalivedVrrp(transport));
      await rig.heldBy(1, family);
      await rig.assertNothingDropped(2);
    });

    it("the agent is killed and keepalived takes over [6.2-a:+]", async () => {
      rig.start(2, keepalivedVrrp(transport));
      const own = rig.start(1, await agentVrrp(transport));
      await rig.heldBy(1, family);
      const killedMs = nowMs();
      await own.kill();
      await rig.advertises(2, killedMs);
      // The address is a lease: what nobody renews goes by itself.
      await rig.heldBy(2, family);
    });

    it("keepalived is killed and the agent takes over [6.4.2-g 6.2-a:+]", async () => {
      const other = rig.start(1, keepalivedVrrp(transport));
      await rig.heldBy(1, family);
      rig.start(2, await agentVrrp(transport));
      await rig.staysWith(1, A_WHILE_MS, family);
      const killedMs = nowMs();
      await other.kill();
      rig.segment.clean(rig.node(1));
      await rig.advertises(2, killedMs);
      await rig.heldBy(2, family);
    });
  }

  function choosing(transport: Transport): void {
    const { family } = transport;

    it("without preemption the agent leaves the address where it is [6.1-i:+ 6.4.2-i]", async () => {
      rig.start(2, keepalivedVrrp(transport));
      await rig.heldBy(2, family);
      rig.start(1, await agentVrrp({ ...transport, preempt: false }));
      await rig.staysWith(2, 2 * A_WHILE_MS, family);
      await rig.assertNothingDropped(1);
    });

    it("without preemption keepalived leaves it with the agent [6.4.3-n:+]", async () => {
      rig.start(2, await agentVrrp(transport));
      await rig.heldBy(2, family);
      rig.start(1, keepalivedVrrp({ ...transport, preempt: false }));
      await rig.staysWith(2, 2 * A_WHILE_MS, family);
    });

    for (const [upper, lower] of [
      ["agent", "keepalived"],
      ["keepalived", "agent"],
    ] as const) {
      it(`of equal priorities the higher address, that of ${upper}, wins over ${lower} [6.4.3-m]`, async () => {
        const priorities = [150, 150];
        const daemons = {
          agent: await agentVrrp({ ...transport, priorities }),
          keepalived: keepalivedVrrp({ ...transport, priorities }),
        };
        // Both become master while they cannot hear each other; then the tie is decided.
        rig.segment.passFrames(rig.node(1), false);
        rig.start(1, daemons[lower]);
        rig.start(2, daemons[upper]);
        await rig.heldByAll(family);
        rig.segment.passFrames(rig.node(1), true);
        await rig.heldBy(2, family);
        await rig.staysWith(2, A_WHILE_MS, family);
      });
    }
  }
});
