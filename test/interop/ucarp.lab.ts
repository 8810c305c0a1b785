/** The agent and ucarp as two hosts of one CARP group, either way round. ucarp counts in whole seconds, so this takes some. */
import assert from "node:assert/strict";
import { nowMs } from "../../lab/drills/clock.ts";
import { agentCarp, Rig, realUcarp, UCARP_COMPLAINS } from "./rig.ts";

/** ucarp reads what it captured up to a second late, and looks at its timer once an interval. */
const UCARP_LATENESS_MS = 2_500;
/** advbase 1 and advskew 50: 3 s and 50/256 s. */
const MASTER_DOWN_MS = 3_195;
/** Three advertisements and some. */
const A_WHILE_MS = 4_000;
const BOW_OUT = { base: 255, skew: 255 } as const;

describe("CARP with ucarp", function () {
  this.timeout(120_000);
  let rig: Rig;

  before(async () => {
    rig = await Rig.open(2);
  });
  afterEach(() => rig.reset());
  after(() => rig.close());

  it("the agent as master is heard and followed, for its lower advskew [C1-a:+ C2-a:+ C2-h:+ C5-a:+ C6-s:+]", async () => {
    // In this order: an ucarp that starts first may be master for a moment, as late as it reads.
    rig.start(1, await agentCarp());
    await rig.heldBy(1);
    const other = rig.start(2, realUcarp());
    const sinceMs = nowMs();
    await rig.staysWith(1, A_WHILE_MS);
    assert.deepEqual(rig.sniffer.advertisements(rig.node(2), sinceMs + UCARP_LATENESS_MS), []);
    await rig.assertNothingDropped(1);
    assert.doesNotMatch(other.output, UCARP_COMPLAINS);
  });

  it("the agent as backup hears and follows [C6-g:+ C3-e:+]", async () => {
    const other = rig.start(1, realUcarp());
    await rig.heldBy(1);
    rig.start(2, await agentCarp());
    const sinceMs = nowMs();
    await rig.staysWith(1, 2 * A_WHILE_MS);
    assert.deepEqual(rig.sniffer.advertisements(rig.node(2), sinceMs), []);
    await rig.assertNothingDropped(2);
    assert.doesNotMatch(other.output, UCARP_COMPLAINS);
  });

  it("the agent bows out, ucarp takes over without waiting, and the agent takes the address back [C6-q:+ C6-r:+ C6-d:+ C10-i]", async () => {
    // In this order: an ucarp that starts beside it may be master for a moment, as late as it reads.
    const own = rig.start(1, await agentCarp());
    await rig.heldBy(1);
    rig.start(2, realUcarp());
    await rig.staysWith(1, A_WHILE_MS);
    const stoppedMs = nowMs();
    own.stop();
    await rig.advertises(2, stoppedMs);
    const tookMs = (rig.sniffer.advertisements(rig.node(2), stoppedMs)[0]?.atMs ?? 0) - stoppedMs;
    assert.equal(await own.ended, 0);
    const [last] = rig.sniffer.advertisements(rig.node(1), stoppedMs).slice(-1);
    assert.deepEqual({ base: last?.payload[5], skew: last?.payload[2] }, BOW_OUT);
    assert.ok(tookMs < UCARP_LATENESS_MS, `ucarp took ${tookMs} ms, as if nobody had bowed out`);
    await rig.heldBy(2);
    rig.start(1, await agentCarp());
    await rig.heldBy(1);
  });

  it("ucarp stops, which says nothing, and the agent takes over; ucarp takes the address back [C5-c:+ C6-h:+ C6-i:+]", async () => {
    const other = rig.start(1, realUcarp());
    await rig.heldBy(1);
    rig.start(2, await agentCarp());
    await rig.staysWith(1, A_WHILE_MS);
    const stoppedMs = nowMs();
    other.stop();
    await rig.advertises(2, stoppedMs);
    const tookMs = (rig.sniffer.advertisements(rig.node(2), stoppedMs)[0]?.atMs ?? 0) - stoppedMs;
    assert.ok(tookMs <= MASTER_DOWN_MS + 500, `the agent waited ${tookMs} ms for a timeout of ${MASTER_DOWN_MS} ms`);
    await rig.heldBy(2);
    rig.start(1, realUcarp());
    await rig.heldBy(1);
    await rig.assertNothingDropped(2);
  });

  it("the agent is killed and ucarp takes over within its timeout and its lateness [C5-e:+]", async () => {
    // In this order: an ucarp that starts beside it may be master for a moment, as late as it reads.
    const own = rig.start(1, await agentCarp());
    await rig.heldBy(1);
    rig.start(2, realUcarp());
    await rig.staysWith(1, A_WHILE_MS);
    const killedMs = nowMs();
    await own.kill();
    await rig.advertises(2, killedMs);
    const tookMs = (rig.sniffer.advertisements(rig.node(2), killedMs)[0]?.atMs ?? 0) - killedMs;
    assert.ok(tookMs <= MASTER_DOWN_MS + UCARP_LATENESS_MS, `ucarp took ${tookMs} ms`);
    await rig.heldBy(2);
  });

  it("with another password neither hears the other, and both say so [C2-d:-]", async () => {
    rig.start(1, await agentCarp());
    await rig.heldBy(1);
    const other = rig.start(2, realUcarp({ password: "another" }));
    await rig.heldByAll();
    assert.deepEqual(Object.keys(await rig.droppedBy(1)), ["carp-digest"]);
    assert.match(other.output, /Bad digest/);
  });

  it("without preemption neither takes the address from a worse master [C6-s:-]", async () => {
    const other = rig.start(2, realUcarp());
    await rig.heldBy(2);
    const own = rig.start(1, await agentCarp({ preempt: false }));
    await rig.staysWith(2, 2 * A_WHILE_MS);
    await own.kill();
    await other.kill();
    rig.segment.clean(rig.node(2));
    rig.start(2, await agentCarp());
    await rig.heldBy(2);
    rig.start(1, realUcarp({ preempt: false }));
    await rig.staysWith(2, 2 * A_WHILE_MS);
  });

  for (const [first, second] of [
    ["agent", "ucarp"],
    ["ucarp", "agent"],
  ] as const) {
    it(`of equal skews one is master, ${first} at the lower address and ${second} at the higher [C6-v C6-j:+]`, async () => {
      const skews = [20, 20];
      const daemons = { agent: await agentCarp({ skews }), ucarp: realUcarp({ skews }) };
      rig.segment.passFrames(rig.node(1), false);
      rig.start(1, daemons[first]);
      rig.start(2, daemons[second]);
      await rig.heldByAll();
      rig.segment.passFrames(rig.node(1), true);
      const holder = await rig.heldByOne();
      await rig.staysWith(holder, A_WHILE_MS);
    });
  }
});
