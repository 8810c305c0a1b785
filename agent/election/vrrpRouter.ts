/**
 * The state machine of a VRRP router: RFC 9568 6.4 in full for IPv4, and four things the RFC leaves open.
 *
 *   initialize --startup, link-up--> backup --master dead or resigned--> master --shutdown--> resigning
 *        ^                            |  ^                               |   |                   |
 *        |                            |  +---- higher heard, stalled ----+   |                   |
 *        +--- shutdown, link-down ----+                                      |                   |
 *        +---------------------------- link-down ----------------------------+                   |
 *        +--------------------------- successor heard, or none in time --------------------------+
 *
 * (The address owner goes from initialize to master at once.)
 *
 * 1. A master that is told to stop sends priority 0 and goes on answering for the addresses until it hears its
 *    successor: Skew_Time passes without a lost answer.
 * 2. A master that yields sends one advertisement more. Two masters that find each other again have both told the
 *    segment that the addresses are theirs; the winner may be heard first and then never learns that there was
 *    another, so the hosts that believed the loser lose the address until their caches expire. The last advertisement
 *    makes the winner announce the addresses once more (6.4.3 has it answer a lower priority).
 * 3. A node that stalled (frozen, paused, starved) listens before it speaks: it does not trust a deadline that passed
 *    while it was not looking. A backup that wakes more than an interval late waits a listen interval instead of
 *    taking over; a master that was silent for so long that a backup may have replaced it lets the addresses go and
 *    listens as a backup. So no advertisement leaves a stalled node before it could have heard a live master.
 *    What counts as a stall doubles with each in a row, so a node that is always slow becomes master in the end.
 * 4. A new configuration never costs the addresses: a master stays one until it hears somebody better.
 */
import { isDeepStrictEqual } from "node:util";
import { deposedAfterMicros } from "./timers.ts";
import { backup, initialize, master, resigning, type VrrpRouterEvent, type VrrpRouterStep } from "./vrrpRouterRoles.ts";
import {
  activeAdverIntervalMicros,
  type BackupState,
  backupDeadlineMicros,
  type MasterState,
  type VrrpRouterState,
} from "./vrrpRouterState.ts";
import { standDown } from "./vrrpRouterTransitions.ts";

export { type VrrpRouterConfig, vrrpRouterConfig } from "./vrrpRouterConfig.ts";
export type { VrrpRouterEvent, VrrpRouterStep } from "./vrrpRouterRoles.ts";
export { createVrrpRouter, deadlineOf, explain, roleOf, type VrrpRouterState } from "./vrrpRouterState.ts";

/** One step; see election.ts for the contract. */
export function stepVrrpRouter(state: VrrpRouterState, event: VrrpRouterEvent, nowMicros: number): VrrpRouterStep {
  const woken = wake(state, nowMicros);
  const { state: next, outputs } = react(woken.state, event, nowMicros);
  return { state: next, outputs: [...woken.outputs, ...outputs] };
}

function react(state: VrrpRouterState, event: VrrpRouterEvent, nowMicros: number): VrrpRouterStep {
  if (event.kind === "reconfigure" && isDeepStrictEqual(event.config, state.config)) return { state, outputs: [] };
  switch (state.role) {
    case "initialize":
      return initialize(state, event, nowMicros);
    case "backup":
      return backup(state, event, nowMicros);
    case "master":
      return master(state, event, nowMicros);
    case "resigning":
      return resigning(state, event, nowMicros);
  }
}

/** Settles, before the event is looked at, whether this node was away for too long to go on as it was. */
function wake(state: VrrpRouterState, nowMicros: number): VrrpRouterStep {
  if (state.role === "backup" && overslept(state, nowMicros)) {
    return {
      state: { ...state, wait: "listen", waitingSinceMicros: nowMicros, stalls: state.stalls + 1 },
      outputs: [{ kind: "notice", notice: "stalled", from: state.config.sourceAddress }],
    };
  }
  if (state.role === "master" && maybeDeposed(state, nowMicros)) return standDown(state, nowMicros);
  return { state, outputs: [] };
}

function overslept(state: BackupState, nowMicros: number): boolean {
  const lateMicros = nowMicros - backupDeadlineMicros(state);
  return lateMicros > activeAdverIntervalMicros(state) * 2 ** state.stalls;
}

function maybeDeposed(state: MasterState, nowMicros: number): boolean {
  const silentMicros = nowMicros - state.advertisedAtMicros;
  return silentMicros >= deposedAfterMicros(state.config.advertisementIntervalMicros) * 2 ** state.stalls;
}
