/**
 * The state machine of a CARP host: what OpenBSD's carp(4) and ucarp do with each other's advertisements, and what this
 * agent does in every protocol. Where the two differ, the configuration's dialect decides.
 *
 *   initialize --startup, link-up--> backup --master gone, preempted--> master --shutdown, hand-over--> resigning
 *     |    ^                          |  ^                              |    |                              |
 *     |    |                          |  +------- preferred heard ------+    |                              |
 *     |    +-- shutdown, link-down ---+  |                                   |                              |
 *     |    |                             +- somebody heard - resuming <--stalled                            |
 *     |    |                                                 ^  |                                           |
 *     +----|------------ startup with the addresses here ----+  +--nobody heard--> master                   |
 *          +-- link-down from any role; successor heard, or none in time -----------------------------------+
 *
 * 1. CARP has no priority. A host claims a period, advbase + advskew / 256 seconds, and the shorter is preferred.
 *    Demotion: in the dialect `openbsd` it is a number of its own, which is compared before the period and changes no
 *    interval, and a host takes over from one demoted more also without preempt mode. In `ucarp` it is added to the
 *    skew, up to 240.
 * 2. A master that is told to stop bows out and goes on answering for the addresses until it hears its successor.
 * 3. Of two masters with equal claims ucarp keeps one by address, and OpenBSD none. This host always does as ucarp: see
 *    losesTie.
 * 4. A master that yields sends one advertisement more, as ucarp does, and a master that hears one that is not preferred
 *    advertises and announces at once, in both dialects. Two masters that find each other again have both told the
 *    segment that the addresses are theirs, and so the last word is the winner's. OpenBSD ignores what it does not prefer.
 * 5. A host that stalled (frozen, paused, starved) listens before it speaks. A backup that wakes more than an interval
 *    late waits a listen interval instead of taking over. A master that was silent for so long that a backup may have
 *    replaced it goes on answering for the addresses but is silent while it listens: mostly it was alone, and no client
 *    notices; where it was replaced it hears so within an interval, and until then both answer, as they did when it woke.
 *    Then it lets go and bows out, by which a master of this agent or of ucarp knows that it has to announce again.
 *    What counts as a stall doubles with each in a row, so a host that is always slow becomes master in the end.
 * 6. A new configuration never costs the addresses: a master stays one until it hears somebody better.
 * 7. A master whose link was away for less than the fastest backup waits takes its role back with it.
 */

import { applyCommonEvent } from "../commonState.ts";
import { backup } from "./backup.ts";
import { initialize } from "./initialize.ts";
import { master } from "./master.ts";
import { reconfigure } from "./reconfigure.ts";
import { resigning } from "./resigning.ts";
import { resuming } from "./resuming.ts";
import { wake } from "./stall.ts";
import type { CarpHostEvent, CarpHostState, CarpHostStep } from "./state.ts";

export type { CarpClaim } from "./claim.ts";
export { type CarpDialect, type CarpHostConfig, carpHostConfig } from "./config.ts";
export { type CarpHostExplanation, explain } from "./explanation.ts";
export type { CarpHostEvent, CarpHostStep } from "./state.ts";
export { type CarpHostState, createCarpHost, deadlineOf, roleOf } from "./state.ts";

/** One step; see election.ts for the contract. */
export function stepCarpHost(state: CarpHostState, event: CarpHostEvent, nowMicros: number): CarpHostStep {
  const woken = wake(state, nowMicros);
  const { state: next, outputs } = react(woken.state, event, nowMicros);
  return { state: next, outputs: [...woken.outputs, ...outputs] };
}

function react(state: CarpHostState, event: CarpHostEvent, nowMicros: number): CarpHostStep {
  if (event.kind === "demote" || event.kind === "reconfigure") return reconfigure(state, event, nowMicros);
  const heeded = applyCommonEvent(state, event, nowMicros);
  switch (heeded.role) {
    case "initialize":
      return initialize(heeded, event, nowMicros);
    case "backup":
      return backup(heeded, event, nowMicros);
    case "master":
      return master(heeded, event, nowMicros);
    case "resigning":
      return resigning(heeded, event, nowMicros);
    case "resuming":
      return resuming(heeded, event, nowMicros);
  }
}
