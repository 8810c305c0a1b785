/** Which roles a virtual router has had, since when, and why: the latest for the status, all of them by reason. */
import type { Transition, TransitionReason } from "../election/election.ts";
import { Counter } from "../logging/counter.ts";
import type { TransitionStatus, VirtualRouterStatus } from "./status.ts";

const REMEMBERED_TRANSITIONS = 20;

export class RoleHistory {
  readonly #reasons = new Counter();
  #latest: readonly TransitionStatus[] = [];
  #since: string;
  #changedAtMicros = -Infinity;

  /** @param since wall-clock time of the first role, ISO 8601 in UTC. */
  constructor(since: string) {
    this.#since = since;
  }

  /** Why it came into its role and when, by the node's clock; before everything else while it has had that alone. */
  get last(): { readonly reason: TransitionReason | undefined; readonly changedAtMicros: number } {
    return { reason: this.#latest.at(-1)?.reason, changedAtMicros: this.#changedAtMicros };
  }

  status(): Pick<VirtualRouterStatus, "since" | "lastTransition" | "transitions"> {
    return { since: this.#since, lastTransition: this.#latest.at(-1) ?? null, transitions: this.#latest };
  }

  /** By reason, changes since the start. */
  counts(): Record<string, number> {
    return this.#reasons.counts();
  }

  /** @param at wall-clock time, ISO 8601 in UTC. */
  note({ from, to, reason }: Transition, at: string, nowMicros: number): TransitionStatus {
    const transition = { from, to, reason, at };
    this.#changedAtMicros = nowMicros;
    this.#since = at;
    this.#reasons.count(reason);
    this.#latest = [...this.#latest, transition].slice(-REMEMBERED_TRANSITIONS);
    return transition;
  }
}
