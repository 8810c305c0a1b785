/** Replays a flight recording on the state machines of this agent: the same events have to make the same changes of role. */

import { isDeepStrictEqual } from "node:util";
import { type CarpHostEvent, stepCarpHost } from "../election/carp/carpHost.ts";
import type { Transition } from "../election/election.ts";
import { stepVrrpRouter, type VrrpRouterEvent } from "../election/vrrp/vrrpRouter.ts";
import { messageOf } from "../logging/messageOf.ts";
import type { RecordedLine, RecordedState } from "../participant/flightRecorder.ts";
import { readRecording } from "./recording.ts";

/** A change of role that came out as it was recorded. */
export interface ReplayedTransition extends Transition {
  readonly virtualRouter: string;
  readonly atMicros: number;
  /** Wall clock of the recording machine, ISO 8601 in UTC. */
  readonly at: string;
}

export type Replay =
  | {
      readonly kind: "same";
      readonly node: string;
      readonly events: number;
      readonly transitions: readonly ReplayedTransition[];
    }
  /** The first difference; lines count from 1. */
  | { readonly kind: "different"; readonly line: number; readonly recorded: string; readonly replayed: string }
  | { readonly kind: "unreadable"; readonly problem: string };

type Line<Kind extends RecordedLine["kind"]> = Extract<RecordedLine, { readonly kind: Kind }>;
type Difference = Pick<Extract<Replay, { kind: "different" }>, "recorded" | "replayed">;

/** Replays the text of a recording, a line of JSON each. Never throws. */
export function replay(text: string): Replay {
  const recording = readRecording(text);
  if ("problem" in recording) return { kind: "unreadable", ...recording };
  const { node, lines } = recording;
  const machines = new Map<string, Machine>();
  const transitions: ReplayedTransition[] = [];
  let events = 0;
  for (const { number, line } of lines) {
    try {
      const machine = machines.get(line.virtualRouter) ?? new Machine();
      machines.set(line.virtualRouter, machine);
      const difference = machine.follow(line);
      if (difference !== undefined) return { kind: "different", line: number, ...difference };
      if (line.kind === "event") events += 1;
      if (line.kind === "transition") transitions.push(replayed(line, machine));
    } catch (error) {
      const words = messageOf(error);
      return { kind: "unreadable", problem: `line ${number} is of no state machine of this agent: ${words}` };
    }
  }
  const unrecorded = [...machines.values()].flatMap((machine) => machine.unrecorded() ?? [])[0];
  if (unrecorded !== undefined) return { kind: "different", line: lines.at(-1)?.number ?? 1, ...unrecorded };
  return { kind: "same", node, events, transitions };
}

/** The state machine of one virtual router, and what it did that the recording has to have next. */
class Machine {
  #now: RecordedState | undefined;
  #segment = 0;
  #clock = { atMicros: 0, atMs: 0 };
  #ahead: readonly Transition[] = [];

  /** @returns what the recording says otherwise. */
  follow(line: Exclude<RecordedLine, { readonly kind: "recording" }>): Difference | undefined {
    switch (line.kind) {
      case "checkpoint":
        return this.unrecorded() ?? this.#begin(line);
      case "event":
        return this.unrecorded() ?? this.#step(line);
      case "transition":
        return this.#compare(line);
    }
  }

  /** A change of role that the recording does not have. */
  unrecorded(): Difference | undefined {
    const [first] = this.#ahead;
    return first === undefined ? undefined : { recorded: "no change of role", replayed: wordsOf(first) };
  }

  /** The wall clock at a time of the recording, ISO 8601. */
  timeOf(atMicros: number): string {
    return new Date(this.#clock.atMs + (atMicros - this.#clock.atMicros) / MICROS_PER_MS).toISOString();
  }

  #begin({ segment, atMicros, at, ...recorded }: Line<"checkpoint">): Difference | undefined {
    const state = stateOf(recorded);
    const isNext = this.#now !== undefined && segment === this.#segment + 1;
    const arrived = this.#now;
    this.#segment = segment;
    this.#clock = { atMicros, atMs: Date.parse(at) };
    this.#now = state;
    if (!isNext || isDeepStrictEqual(plain(arrived), plain(state))) return undefined;
    return { recorded: JSON.stringify(state.state), replayed: JSON.stringify(arrived?.state) };
  }

  #step({ event, atMicros }: Line<"event">): Difference | undefined {
    if (this.#now === undefined) throw new Error("there is no checkpoint before it");
    const { now, ahead } = stepped(this.#now, event, atMicros);
    this.#now = now;
    this.#ahead = ahead;
    return undefined;
  }

  #compare({ from, to, reason }: Line<"transition">): Difference | undefined {
    const [next, ...rest] = this.#ahead;
    this.#ahead = rest;
    const recorded = wordsOf({ from, to, reason });
    const replayedWords = next === undefined ? "no change of role" : wordsOf(next);
    return recorded === replayedWords ? undefined : { recorded, replayed: replayedWords };
  }
}

const MICROS_PER_MS = 1_000;

function stateOf(recorded: RecordedState): RecordedState {
  if (recorded.protocol === "vrrp") return { protocol: "vrrp", state: recorded.state };
  return { protocol: "carp", state: recorded.state };
}

/** One step of the machine that a state is of, with the changes of role it made. */
function stepped(
  now: RecordedState,
  event: Line<"event">["event"],
  atMicros: number,
): { readonly now: RecordedState; readonly ahead: readonly Transition[] } {
  // An event of the other protocol would be none of this recorder's: checkpoint and events come from one participant.
  if (now.protocol === "vrrp") {
    const { state, outputs } = stepVrrpRouter(now.state, event as VrrpRouterEvent, atMicros);
    return { now: { protocol: "vrrp", state }, ahead: outputs.filter((output) => output.kind === "transition") };
  }
  const { state, outputs } = stepCarpHost(now.state, event as CarpHostEvent, atMicros);
  return { now: { protocol: "carp", state }, ahead: outputs.filter((output) => output.kind === "transition") };
}

function replayed(
  { virtualRouter, atMicros, from, to, reason }: Line<"transition">,
  machine: Machine,
): ReplayedTransition {
  return { virtualRouter, atMicros, at: machine.timeOf(atMicros), from, to, reason };
}

function wordsOf({ from, to, reason }: Transition): string {
  return `${from} -> ${to} (${reason})`;
}

/** As JSON has it: what is undefined is not there. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
