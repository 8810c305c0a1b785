/** The machine of a public address under a test's hand: its events, and what it says of them in words. */
import assert from "node:assert/strict";
import type { Failure } from "../../agent/clouds/routeApi.ts";
import type { GroupView, Member } from "../../agent/publicAddress/groupView.ts";
import { createPublicAddress, deadlineOf, stepPublicAddress } from "../../agent/publicAddress/routeController.ts";
import { type PublicAddressEvent, type PublicAddressState } from "../../agent/publicAddress/routeState.ts";

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const RULES = { self: "me", takeBackMicros: MINUTE } as const;

export const at = (to: string | null): PublicAddressEvent => ({ kind: "answered", route: { to, settled: true } });
export const pendingAt = (to: string | null): PublicAddressEvent => ({
  kind: "answered",
  route: { to, settled: false },
});
export const MASTERSHIP: PublicAddressEvent = { kind: "mastership" };
export const NO_MASTERSHIP: PublicAddressEvent = { kind: "no-mastership" };
export const TICK: PublicAddressEvent = { kind: "tick" };
export const failure = (kind: Failure["kind"]): PublicAddressEvent => ({
  kind: "failed",
  failure: { kind, message: "no" },
  chance: 0.5,
});

export function member(changes: Partial<Member> = {}): Member {
  const base = { node: "edge-2", instance: "other", reachable: true, isMaster: false, preference: 100 };
  return { ...base, inMaintenance: false, ...changes };
}

export const among = (...members: Member[]): GroupView => ({ preference: 200, members });

/** Drives the machine and keeps what it says. */
export class Driven {
  state: PublicAddressState;
  now = 0;

  constructor(group: GroupView = among(member()), rules: PublicAddressState["rules"] = RULES) {
    this.state = createPublicAddress(rules, group, 0);
  }

  /** @returns the outputs, a word each. */
  step(event: PublicAddressEvent): string[] {
    const { state, outputs } = stepPublicAddress(this.state, event, this.now);
    this.state = state;
    return outputs.map((output) => {
      if (output.kind === "entered")
        return output.phase.kind === "left" ? `left ${output.phase.why}` : output.phase.kind;
      return output.kind === "witness" ? `witness ${output.lost ? "lost" : "back"}` : output.kind;
    });
  }

  steps(...events: PublicAddressEvent[]): string[] {
    return events.map((event) => this.step(event)).at(-1) ?? [];
  }

  later(micros: number): this {
    this.now += micros;
    return this;
  }

  /** To the next deadline. */
  wait(): string[] {
    this.now = Math.max(this.now, deadlineOf(this.state) ?? this.now);
    return this.step(TICK);
  }

  group(...members: Member[]): string[] {
    return this.step({ kind: "group", group: among(...members) });
  }
}

/** A master that has the address. */
export function holder(group?: GroupView): Driven {
  const driven = new Driven(group);
  driven.steps(TICK, at("other"), MASTERSHIP, at("other"), at("me"));
  assert.equal(driven.state.phase.kind, "held");
  return driven;
}
