/**
 * The faults of the bench, twice each, without its bounds on time: whatever happens to the master, the other one answers,
 * and afterwards one node has the address.
 */
import assert from "node:assert/strict";
import { AGENT_VRRP, agent } from "../../bench/daemons/agent.ts";
import { FAULT_NAMES, FAULTS } from "../../bench/failover/fault.ts";
import { Group } from "../../bench/failover/group.ts";
import { type Outcome, runFault } from "../../bench/failover/run.ts";

const INTERVAL_MS = 100;
const HEARTBEAT_MS = 50;
const PHASES = [
  { fault: 0.1, back: 0.8 },
  { fault: 0.7, back: 0.3 },
] as const;

for (const heartbeatMs of [HEARTBEAT_MS, undefined]) {
  describe(`faults of an agent ${heartbeatMs === undefined ? "without" : "with"} peer link`, function () {
    this.timeout(120_000);
    let group: Group;

    before(async () => {
      const daemon = await agent({ ...AGENT_VRRP, intervalMs: INTERVAL_MS, heartbeatMs });
      group = await Group.open("vipf-if", [daemon, daemon]);
    });
    after(() => group.close());

    for (const name of FAULT_NAMES) {
      it(`${name}: ${FAULTS[name].means}`, async () => {
        for (const phases of PHASES) {
          const outcome = await runFault(group, FAULTS[name], INTERVAL_MS, phases);
          assert.ok(outcome.fault.takeoverMs !== undefined, "the successor never answered");
          if (FAULTS[name].leavesHost) assert.ok(outcome.oneOwnerMs !== undefined, "two nodes kept the address");
          await group.held(group.preferred);
          process.stdout.write(`        ${text(outcome)}\n`);
        }
      });
    }
  });
}

function text({ fault, back }: Outcome): string {
  const takeover = fault.takeoverMs?.toFixed(0) ?? "never";
  return `silence ${fault.silenceMs.toFixed(0)} ms, takeover ${takeover} ms; on the way back silence ${back.silenceMs.toFixed(0)} ms`;
}
