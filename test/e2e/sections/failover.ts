/** What a client sees when the master fails while the peer link is up: the protocol's own bounds are in cloudsPart.ts. */
import assert from "node:assert/strict";
import { summarise } from "../../../bench/report/summary.ts";
import { drillNamed } from "../../../lab/drills/drill.ts";
import { rehearse } from "../../../lab/drills/rehearse.ts";
import { type DrillRecord, toRecord } from "../../../lab/drills/report.ts";
import { RESIGNED_MS, UNLINKED_MS } from "../scene/promises.ts";
import type { Scene } from "../scene/scene.ts";

/** A drill on the master of a VIP, how often, and what the client may miss at most. */
interface Promised {
  readonly vip: string;
  readonly drill: string;
  readonly runs: number;
  readonly boundMs: number;
}

const PROMISED: readonly Promised[] = [
  { vip: "web", drill: "power-off", runs: 3, boundMs: UNLINKED_MS },
  { vip: "web", drill: "stop-agent", runs: 2, boundMs: RESIGNED_MS },
  { vip: "web", drill: "kill-agent", runs: 2, boundMs: RESIGNED_MS },
  { vip: "web", drill: "link-down", runs: 2, boundMs: UNLINKED_MS },
  { vip: "voice", drill: "power-off", runs: 1, boundMs: UNLINKED_MS },
];

export function describeFailover(scene: Scene): void {
  describe("failover, with advertisements every second and the peer link", () => {
    const records: DrillRecord[] = [];

    for (const { vip, drill, runs, boundMs } of PROMISED) {
      it(`${drill} on the master of ${vip}: the client's gap is at most ${boundMs.toFixed(0)} ms, runs: ${runs}`, async () => {
        for (let run = 0; run < runs; run += 1) {
          await scene.settled();
          const result = await rehearse(scene.world.lab, scene.client, scene.subject(vip), drillNamed(drill));
          records.push({ ...toRecord(result), drill: `${drill} (${vip})` });
          assert.equal(result.from, "edge-1");
          assert.equal(result.to, "edge-2");
          assert.equal(result.staleHolder, false, "the old master still held the address");
          assert.ok(result.gapMs <= boundMs, `gap ${result.gapMs.toFixed(0)} ms, bound ${boundMs.toFixed(0)} ms`);
        }
      });
    }

    after(() => {
      process.stdout.write(`\n${summarise(records)}\n\n`);
    });
  });
}
