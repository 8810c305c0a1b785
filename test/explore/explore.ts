/**
 * Explores every state that a group can get into, breadth first, to a depth; each is reached on the shortest way. In every
 * one the steps are judged (S1, S3), and so is what happens to it once all faults stop: one master, the same for good (S2, L1).
 */
import type { Protocol } from "./machines.ts";
import { type Group, Model } from "./model.ts";

export interface Exploration {
  readonly name: string;
  readonly depth: number;
  readonly states: number;
  readonly steps: number;
  /** What is wrong, and the way there; undefined: nothing. */
  readonly wrong: { readonly what: string; readonly way: readonly string[] } | undefined;
}

interface Visit<State, Message> {
  readonly group: Group<State, Message>;
  readonly words: string;
  readonly from: Visit<State, Message> | undefined;
}

/** In intervals: a stalled node listens, a dead master is waited for, a resigning one has its patience, each once or twice. */
const BOUND_INTERVALS = 16;
const MOST_PASSES = 400;
/** The master then stays it for as long. */
const STABLE_INTERVALS = 5;

export function explore<State extends object, Message>(
  protocol: Protocol<State, Message>,
  size: number,
  depth: number,
): Exploration {
  const model = new Model(protocol, size);
  const seen = new Set<string>();
  let frontier: Visit<State, Message>[] = [{ group: model.initial(), words: "all start", from: undefined }];
  let steps = 0;
  const result = (wrong: Exploration["wrong"]): Exploration => {
    return { name: protocol.name, depth, states: seen.size, steps, wrong };
  };
  for (let level = 0; level <= depth; level++) {
    const next: Visit<State, Message>[] = [];
    for (const visit of frontier) {
      const key = keyOf(visit.group);
      if (seen.has(key)) continue;
      seen.add(key);
      const failing = converges(model, visit.group, protocol.intervalMicros);
      if (failing !== undefined) return result({ what: failing, way: wayTo(visit) });
      if (level === depth) continue;
      for (const { words, after, wrong } of model.moves(visit.group)) {
        steps += 1;
        const there = { group: after, words, from: visit };
        if (wrong !== undefined) return result({ what: wrong, way: wayTo(there) });
        next.push(there);
      }
    }
    frontier = next;
  }
  return result(undefined);
}

/** Lets everything be well from here on. @returns what is wrong with how it ends */
function converges<State extends object, Message>(
  model: Model<State, Message>,
  group: Group<State, Message>,
  intervalMicros: number,
): string | undefined {
  let now = model.mended(group);
  let sinceMicros = 0;
  let stableMicros = 0;
  let master: number | undefined;
  for (let count = 0; count < MOST_PASSES; count++) {
    const arrived = model.arrived(now);
    if (arrived.wrong !== undefined) return arrived.wrong;
    const masters = model.masters(arrived.after);
    const micros = model.untilNextMicros(arrived.after);
    const isSame = masters.length === 1 && masters[0] === master;
    stableMicros = isSame ? stableMicros + micros : 0;
    master = masters.length === 1 ? masters[0] : undefined;
    if (stableMicros >= STABLE_INTERVALS * intervalMicros) return undefined;
    sinceMicros += micros;
    if (sinceMicros > BOUND_INTERVALS * intervalMicros)
      return `S2, L1: after ${BOUND_INTERVALS} intervals masters are [${masters.map((one) => one + 1).join()}]`;
    const passed = model.pass(arrived.after);
    if (passed.wrong !== undefined) return passed.wrong;
    now = passed.after;
  }
  return "L1: time does not pass";
}

/** What is under way comes in any order, so its order is no part of a state. */
function keyOf<State, Message>({ nodes, underWay }: Group<State, Message>): string {
  const states = nodes.map(({ state, isFrozen, holds }) => [
    state === undefined ? null : withoutConfig(state),
    isFrozen,
    holds,
  ]);
  return JSON.stringify([states, underWay.map((one) => JSON.stringify(one)).sort()]);
}

function withoutConfig(state: unknown): unknown {
  return typeof state === "object" && state !== null ? { ...state, config: undefined } : state;
}

function wayTo<State, Message>(visit: Visit<State, Message>): string[] {
  const way: string[] = [];
  for (let at: Visit<State, Message> | undefined = visit; at !== undefined; at = at.from) way.unshift(at.words);
  return way;
}
