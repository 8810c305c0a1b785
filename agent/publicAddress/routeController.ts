/**
 * The claim on a public address that a cloud's API leads to one machine: when to ask, when to move it here, and when to
 * leave it where it is. A pure machine; its driver makes the calls, one at a time.
 *
 *   idle ── mastership ──> seeking ── elsewhere ──> moving ── here ──> held
 *    ^                        ^  │                    │ failed           │ elsewhere
 *    │                        │  └── a member has it ─┴──> left <────────┘
 *    └── no mastership        └── who has it lets go, or does not answer for long ──┘
 *
 * Rules:
 * 1. It reads before it moves. A move that is under way is waited for, no matter who began it; one that has no end within 120 s
 *    is asked for again. The machine that had the address need not exist.
 * 2. A member that says it is master, over any network of the peer link, keeps an address that leads to it. Of two
 *    masters, and the address at neither, the one that is preferred takes it.
 * 3. Between masters that cannot hear each other the API is the arbiter: each takes the address once in a mastership, and
 *    whoever is overtaken leaves it there until the other one is heard to be no master. So it does not go to and fro. Only
 *    if the other stays silent, as the dead do, it is taken again, each time after twice as long.
 * 4. A machine outside of the group that somebody led the address to keeps it for `takeBackAfter`, and for as long as any
 *    member is in maintenance.
 * 5. It never gives up: calls that fail are made again, ever more seldom, for as long as this node is master.
 */

import type { Failure, Route } from "../clouds/routeApi.ts";
import { leaveOrTake, patienceMicros, type Why } from "./arbitration.ts";
import { type ApiTrouble, afterFailure, lostAtMicros, NO_TROUBLE, pauseMicros } from "./backoff.ts";
import type { GroupView } from "./groupView.ts";
import type {
  Phase,
  PublicAddressEvent,
  PublicAddressRules,
  PublicAddressState,
  PublicAddressStep,
} from "./routeState.ts";

/** A move without an end by then is asked for again. */
export const MOVE_DEADLINE_MICROS = 120_000_000;
/** How often to look when there is nothing to do. */
export const LOOK_MICROS = 30_000_000;
/** When to look again after the first good answer: an API that answers of before the last change says so then. */
export const VERIFY_MICROS = 5_000_000;
/** An answer so soon after a move may be of before it. */
export const STALE_MICROS = 10_000_000;
/** How often to look at a move under way: soon at first, seldom later. */
const POLL = { firstMicros: 500_000, factor: 1.4, mostMicros: 5_000_000 } as const;

export function createPublicAddress(
  rules: PublicAddressRules,
  group: GroupView,
  nowMicros: number,
): PublicAddressState {
  return {
    rules,
    group,
    phase: { kind: "idle" },
    hadTurn: false,
    takenBack: 0,
    call: "none",
    calledMicros: nowMicros,
    nextMicros: nowMicros,
    polls: 0,
    pendingSinceMicros: undefined,
    route: undefined,
    trouble: NO_TROUBLE,
    isWitnessLost: false,
  };
}

/** When to send `tick`; undefined: not before the call under way has ended. */
export function deadlineOf({ call, nextMicros, trouble, isWitnessLost }: PublicAddressState): number | undefined {
  const deadlines = [call === "none" ? nextMicros : undefined, isWitnessLost ? undefined : lostAtMicros(trouble)];
  const known = deadlines.filter((deadline) => deadline !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** @param nowMicros of a monotonic clock */
export function stepPublicAddress(
  before: PublicAddressState,
  event: PublicAddressEvent,
  nowMicros: number,
): PublicAddressStep {
  const { state, outputs } = stepped(before, event, nowMicros);
  const lost = nowMicros >= (lostAtMicros(state.trouble) ?? Infinity);
  if (lost === state.isWitnessLost) return { state, outputs };
  return { state: { ...state, isWitnessLost: lost }, outputs: [...outputs, { kind: "witness", lost }] };
}

function stepped(state: PublicAddressState, event: PublicAddressEvent, nowMicros: number): PublicAddressStep {
  switch (event.kind) {
    case "tick":
      return nowMicros >= state.nextMicros ? look(state, nowMicros) : quiet(state);
    case "mastership": {
      const phase: Phase = { kind: "seeking" };
      const fresh = { phase, hadTurn: false, takenBack: 0, polls: 0, trouble: eager(state.trouble) };
      return look({ ...state, ...fresh }, nowMicros);
    }
    case "no-mastership": {
      if (state.phase.kind === "idle") return quiet(state);
      const next: PublicAddressState = { ...state, phase: { kind: "idle" }, nextMicros: nowMicros + LOOK_MICROS };
      return { state: next, outputs: state.call === "move" ? [{ kind: "abort" }] : [] };
    }
    case "group":
      return regroup({ ...state, group: event.group }, nowMicros);
    case "answered":
      return answered(state, event.route, nowMicros);
    case "failed":
      return failed(state, event.failure, event.chance, nowMicros);
  }
}

function quiet(state: PublicAddressState): PublicAddressStep {
  return { state, outputs: [] };
}

/** Reads now, unless a call is under way: then its end decides. */
function look(state: PublicAddressState, nowMicros: number): PublicAddressStep {
  if (state.call !== "none") return quiet(state);
  return { state: { ...state, call: "read", calledMicros: nowMicros }, outputs: [{ kind: "read" }] };
}

/** A new master does not wait for the pause that its idleness had come to. */
function eager(trouble: ApiTrouble): ApiTrouble {
  return trouble.failures === 0 ? trouble : { ...trouble, failures: 1 };
}

/** Who left the address to somebody looks again when that one may have let go. */
function regroup(state: PublicAddressState, nowMicros: number): PublicAddressStep {
  const { phase, route } = state;
  if (phase.kind !== "left" || route === undefined) return quiet(state);
  const verdict = leaveOrTake(route.to, state.group, state.hadTurn);
  return verdict === "take" || verdict !== phase.why ? look(state, nowMicros) : quiet(state);
}

function answered(before: PublicAddressState, route: Route, nowMicros: number): PublicAddressStep {
  const wasInTrouble = before.trouble.failures > 0;
  const pendingSinceMicros = route.settled ? undefined : (before.pendingSinceMicros ?? nowMicros);
  const state: PublicAddressState = { ...before, call: "none", trouble: NO_TROUBLE, route, pendingSinceMicros };
  const { state: next, outputs } = judge(state, route, nowMicros);
  return { state: next, outputs: wasInTrouble ? [{ kind: "recovered" }, ...outputs] : outputs };
}

function judge(state: PublicAddressState, route: Route, nowMicros: number): PublicAddressStep {
  const { phase, rules, pendingSinceMicros } = state;
  if (phase.kind === "idle") return quiet({ ...state, polls: 0, nextMicros: nowMicros + LOOK_MICROS });
  if (pendingSinceMicros !== undefined) {
    const sinceMicros = phase.kind === "moving" ? phase.sinceMicros : pendingSinceMicros;
    return nowMicros - sinceMicros < MOVE_DEADLINE_MICROS ? poll(state, nowMicros) : move(state, route, nowMicros);
  }
  const hadTurn = state.hadTurn || phase.kind === "moving" || (phase.kind === "held" && phase.isSure);
  if (route.to === rules.self) {
    const isSure = hadTurn || phase.kind === "held";
    return enter({ ...state, hadTurn: isSure }, { kind: "held", isSure }, nowMicros);
  }
  if (phase.kind === "moving" && route.to === phase.from) {
    const isStale = nowMicros - phase.sinceMicros < STALE_MICROS;
    return isStale ? poll(state, nowMicros) : move(state, route, nowMicros);
  }
  // Neither here nor where it was: the node that has it took it, and after this node if that had it.
  const verdict = leaveOrTake(route.to, state.group, hadTurn);
  return verdict === "take" ? move(state, route, nowMicros) : leave({ ...state, hadTurn }, route, verdict, nowMicros);
}

function poll(state: PublicAddressState, nowMicros: number): PublicAddressStep {
  const pause = Math.min(POLL.mostMicros, POLL.firstMicros * POLL.factor ** state.polls);
  return quiet({ ...state, polls: state.polls + 1, nextMicros: nowMicros + Math.round(pause) });
}

function move(state: PublicAddressState, { to: from }: Route, nowMicros: number): PublicAddressStep {
  const phase: Phase = { kind: "moving", from, sinceMicros: nowMicros };
  // A move counts from its request on: what was under way before it is not waited for again.
  const calling = { call: "move", calledMicros: nowMicros, pendingSinceMicros: undefined } as const;
  const next: PublicAddressState = { ...state, ...calling, phase, polls: 0 };
  return { state: next, outputs: [{ kind: "entered", phase }, { kind: "move" }] };
}

/** Leaves it where it is, until the node that has it has had it for long enough. */
function leave(state: PublicAddressState, route: Route, why: Why, nowMicros: number): PublicAddressStep {
  const { phase, rules, takenBack } = state;
  const isSame = phase.kind === "left" && phase.why === why && phase.to === route.to;
  const left: Phase = isSame ? phase : { kind: "left", to: route.to, why, sinceMicros: nowMicros };
  const overMicros = left.sinceMicros + patienceMicros(why, rules.takeBackMicros, takenBack, state.group);
  if (nowMicros >= overMicros) return move({ ...state, takenBack: takenBack + 1 }, route, nowMicros);
  const { state: next, outputs } = enter(state, left, nowMicros);
  return { state: { ...next, nextMicros: Math.min(next.nextMicros, overMicros) }, outputs };
}

function enter(state: PublicAddressState, phase: Phase, nowMicros: number): PublicAddressStep {
  const isNew = phase.kind !== state.phase.kind || (phase.kind === "left" && phase !== state.phase);
  const next = { ...state, phase, polls: 0, nextMicros: nowMicros + (isNew ? VERIFY_MICROS : LOOK_MICROS) };
  return { state: next, outputs: isNew ? [{ kind: "entered", phase }] : [] };
}

/** A move that failed may have been done: the next look tells, and nothing is lost by asking twice. */
function failed(before: PublicAddressState, failure: Failure, chance: number, nowMicros: number): PublicAddressStep {
  const state: PublicAddressState = { ...before, call: "none" };
  // Nobody waited for the answer: whoever has become master since asks at once.
  if (failure.kind === "aborted") {
    return state.phase.kind === "idle" ? quiet(state) : look(state, nowMicros);
  }
  const phase: Phase = before.call === "move" && state.phase.kind === "moving" ? { kind: "seeking" } : state.phase;
  const trouble = afterFailure(state.trouble, failure, state.calledMicros);
  return {
    state: { ...state, phase, trouble, nextMicros: nowMicros + pauseMicros(trouble, chance) },
    outputs: [{ kind: "trouble", failure, failures: trouble.failures }],
  };
}
