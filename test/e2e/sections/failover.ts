/** What a client sees when the master fails while the peer link is up: the protocol's own bounds are in cloudsPart.ts. */
import assert from "node:assert/strict";
import { summarise } from "../../../bench/report/summary.ts";
import { drillNamed } from "../../../lab/drills/drill.ts";
import { rehearse } from "../../../lab/drills/rehearse.ts";
import { type DrillRecord, toRecord } from "../../../lab/drills/report.ts";
import { RESIGNED_MS, UNLINKED_MS } from "../scene/promises.ts";
import type { Scene } from "../scene/scene.ts";

/** A drill on the master of a VIP, and what the client may miss at most. The bench has each of them ten times. */
interface Promised {
  readonly vip: string;
  readonly drill: string;
  readonly boundMs: number;
}

const PROMISED: readonly Promised[] = [
  { vip: "web", drill: "power-off", boundMs: UNLINKED_MS },
  { vip: "web", drill: "stop-agent", boundMs: RESIGNED_MS },
  { vip: "web", drill: "kill-agent", boundMs: RESIGNED_MS },
  { vip: "web", drill: "link-down", boundMs: UNLINKED_MS },
  { vip: "voice", drill: "power-off", boundMs: UNLINKED_MS },
];

export function describeFailover(scene: Scene): void {
  describe("failover, with advertisements every second and the peer link", () => {
    const records: DrillRecord[] = [];

    for (const { vip, drill, boundMs } of PROMISED) {
      it(`${drill} on the master of ${vip}: the client's gap is at most ${boundMs.toFixed(0)} ms`, async () => {
        await scene.settled();
        const result = await rehearse(scene.world.lab, scene.client, scene.subject(vip), drillNamed(drill));
        records.push({ ...toRecord(result), drill: `${drill} (${vip})` });
        assert.equal(result.from, "edge-1");
        assert.equal(result.to, "edge-2");
        assert.equal(result.staleHolder, false, "the old master still held the address");
        assert.ok(result.gapMs <= boundMs, `gap ${result.gapMs.toFixed(0)} ms, bound ${boundMs.toFixed(0)} ms`);
      });
    }

    after(() => {
      process.stdout.write(`\n${summarise(records)}\n\n`);
    });
  });
}
