/**
 * The state machine of a VRRP router: RFC 9568 6.4 in full, and what the RFC leaves open.
 *
 *   from        to          on
 *   initialize  backup      startup, link-up, readmit, the end of the start-up delay
 *               master      the same, of the address owner; link-up in time, of one that was master
 *               resuming    startup with the addresses of an earlier life
 *   backup      master      the master is silent, resigned, dead, or handed over to this node
 *   master      backup      a better one is heard
 *               resigning   shutdown, hold-back, hand-over
 *               resuming    this node stalled
 *   resigning   initialize  a successor is heard, or none in time
 *               backup      a successor is heard, after hand-over
 *               master      none is in time, after hand-over
 *               resuming    this node stalled, after hand-over
 *   resuming    backup      another master is heard
 *               master      none is in time
 *   any         initialize  link-down; from backup and resuming also shutdown and hold-back
 *
 * 1. A master that is told to stop sends priority 0 and goes on answering for the addresses until it hears its
 *    successor: Skew_Time passes without a lost answer. One that was only asked to hand over is a backup then, which
 *    preempts nobody; and if nobody succeeds it, master as before.
 * 2. A master that yields sends one advertisement more. Two masters that find each other again have both told the
 *    segment that the addresses are theirs; the winner may be heard first and then never learns that there was
 *    another, so the hosts that believed the loser lose the address until their caches expire. The last advertisement
 *    makes the winner announce the addresses once more (6.4.3 has it answer a lower priority, and priority 0).
 * 3. A node that stalled (frozen, paused, starved) listens before it speaks: it does not trust a deadline that passed
 *    while it was not looking. A backup that wakes more than an interval late waits a listen interval instead of
 *    taking over; a master that was silent for so long that a backup may have replaced it says nothing for as long.
 *    So no advertisement leaves a stalled node before it could have heard a live master (S10).
 *    What counts as a stall doubles with each in a row, so a node that is always slow becomes master in the end.
 * 4. That master keeps the addresses while it listens; its role is `resuming`. If it let them go, a pause of 30 ms,
 *    ordinary in a virtual machine, would be an outage at 10 ms intervals whenever nobody replaced it. If somebody did,
 *    it hears so from what waits in its socket, or within an interval if the whole machine stood still. For that long
 *    two nodes answer, as they did during the pause of a process, but one advertises (S2). Then it lets go and says
 *    priority 0, at which the successor announces the addresses again, as in rule 2.
 *    A process that was killed and finds the addresses still here is in the same position, and does the same.
 * 5. A new configuration or a demotion never costs the addresses: a master stays one until it hears somebody better.
 * 6. The peer link makes an election start sooner and decides none: a backup that knows its master to be dead waits for
 *    a short skew, in order of priority, and any master that it accepts in between cancels that.
 * 7. A preempt delay runs from the first advertisement that this node could have preempted. Until it is over they count
 *    as those of any master, so a master that falls silent is replaced as ever; afterwards they are discarded, and this
 *    node takes over when its Active_Down_Timer fires.
 * 8. A master whose link was away for less than three intervals takes its role back with it: nobody can have replaced it
 *    for its silence. As a backup it would watch for itself while everybody else waits for it, and nobody would answer.
 */
import { applyCommonEvent } from "../commonState.ts";
import { backup } from "./backup.ts";
import { initialize } from "./initialize.ts";
import { master } from "./master.ts";
import { reconfigure } from "./reconfigure.ts";
import { resigning } from "./resigning.ts";
import { resuming } from "./resuming.ts";
import { wake } from "./stall.ts";
import type { VrrpRouterEvent, VrrpRouterState, VrrpRouterStep } from "./state.ts";

export { type VrrpRouterConfig, vrrpRouterConfig } from "./config.ts";
export { explain, type VrrpRouterExplanation } from "./explanation.ts";
export type { VrrpRouterEvent, VrrpRouterStep } from "./state.ts";
export { createVrrpRouter, deadlineOf, effectivePriority, roleOf, type VrrpRouterState } from "./state.ts";

/** One step; see election.ts for the contract. */
export function stepVrrpRouter(state: VrrpRouterState, event: VrrpRouterEvent, nowMicros: number): VrrpRouterStep {
  const woken = wake(state, nowMicros);
  const { state: next, outputs } = react(woken.state, event, nowMicros);
  return { state: next, outputs: [...woken.outputs, ...outputs] };
}

function react(state: VrrpRouterState, event: VrrpRouterEvent, nowMicros: number): VrrpRouterStep {
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
