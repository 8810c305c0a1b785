/**
 * What led to the latest changes of role: the events of each election with the state they began from, in bounded memory.
 * The state machines are pure, so the same events from the same state make the same transitions again, anywhere.
 *
 *   recording   checkpoint event event transition event ...   checkpoint event ...
 *   one line    +------ a segment of a virtual router ------+ +------ the next -----
 *
 * Lines are kept as octets: their size is known, nothing that the elections go on with is held by them, and the memory of
 * what is forgotten takes the next lines. No secret is among them, since an election has none: keys and passwords are its
 * driver's.
 */

import { VERSION } from "../config/version.ts";
import type { CarpHostEvent } from "../election/carp/carpHost.ts";
import type { CarpHostState } from "../election/carp/state.ts";
import type { Transition } from "../election/election.ts";
import type { VrrpRouterState } from "../election/vrrp/state.ts";
import type { VrrpRouterEvent } from "../election/vrrp/vrrpRouter.ts";
import { LineBuffer } from "./lineBuffer.ts";

/** One step of a state machine. */
export type RecordedStep = (
  | { readonly protocol: "vrrp"; readonly before: VrrpRouterState; readonly event: VrrpRouterEvent }
  | { readonly protocol: "carp"; readonly before: CarpHostState; readonly event: CarpHostEvent }
) & { readonly nowMicros: number; readonly outputs: readonly { readonly kind: string }[] };

export type NoteStep = (step: RecordedStep) => void;

/** Of the lines; another one cannot be replayed by this agent. */
export const RECORDING_VERSION = 1;

/** A line of a recording. Times are monotonic microseconds of the machine that recorded; checkpoints have both clocks. */
export type RecordedLine =
  /** The first line; `agent` is the version of the agent. */
  | { readonly kind: "recording"; readonly version: number; readonly agent: string; readonly node: string }
  /** The state a virtual router was in; what follows begins from it. Consecutive segments have consecutive numbers. */
  | ({
      readonly kind: "checkpoint";
      readonly virtualRouter: string;
      readonly segment: number;
      readonly atMicros: number;
      /** Wall clock, ISO 8601 in UTC. */
      readonly at: string;
    } & RecordedState)
  | {
      readonly kind: "event";
      readonly virtualRouter: string;
      readonly atMicros: number;
      readonly event: VrrpRouterEvent | CarpHostEvent;
    }
  /** What the event before it led to. */
  | ({ readonly kind: "transition"; readonly virtualRouter: string; readonly atMicros: number } & Transition);

export type RecordedState =
  | { readonly protocol: "vrrp"; readonly state: VrrpRouterState }
  | { readonly protocol: "carp"; readonly state: CarpHostState };

/** Of all virtual routers together, in octets; each has an equal share. */
const MAX_OCTETS = 1 << 20;
/** Events after a checkpoint; then the next one is made, sooner where shares are small. */
const EVENTS_PER_SEGMENT = 256;
const SEGMENTS_PER_SHARE = 8;
/** A checkpoint and a few events. */
const FIRST_OCTETS = 2 << 10;
/** Segments with a change of role in them that are kept, of each virtual router. */
const EVENTFUL_SEGMENTS = 16;
/** The segment under way and the one before it, which led to now. */
const RECENT_SEGMENTS = 2;

interface Segment {
  readonly number: number;
  readonly lines: LineBuffer;
  events: number;
  isEventful: boolean;
}

/** The segments of one virtual router, oldest first, and memory of forgotten ones. */
interface Track {
  readonly virtualRouter: string;
  segments: Segment[];
  readonly spare: LineBuffer[];
}

export class FlightRecorder {
  readonly #node: string;
  readonly #wallClockMs: () => number;
  readonly #tracks = new Map<string, Track>();

  /** @param wallClockMs UTC in milliseconds since 1970, for those who read the recording. */
  constructor(node: string, wallClockMs: () => number) {
    this.#node = node;
    this.#wallClockMs = wallClockMs;
  }

  /** What a virtual router's steps are given to. What was noted of an earlier one of that name is forgotten. */
  noteFor(virtualRouter: string): NoteStep {
    const track: Track = { virtualRouter, segments: [], spare: [] };
    this.#tracks.set(virtualRouter, track);
    for (const other of this.#tracks.values()) trim(other, this.#shareOctets);
    return (step) => {
      this.#note(track, step);
    };
  }

  /** Everything that is remembered, a line of JSON each. */
  dump(): string[] {
    const first: RecordedLine = { kind: "recording", version: RECORDING_VERSION, agent: VERSION, node: this.#node };
    const segments = [...this.#tracks.values()].flatMap((track) => track.segments);
    return [JSON.stringify(first), ...segments.flatMap(({ lines }) => lines.lines())];
  }

  get #shareOctets(): number {
    return MAX_OCTETS / Math.max(1, this.#tracks.size);
  }

  #note(track: Track, { nowMicros: atMicros, event, outputs, ...before }: RecordedStep): void {
    const { virtualRouter } = track;
    const segment = this.#segmentFor(track, before, atMicros);
    append(segment, { kind: "event", virtualRouter, atMicros, event });
    segment.events += 1;
    for (const output of outputs) {
      if (!isTransition(output)) continue;
      const { from, to, reason } = output;
      append(segment, { kind: "transition", virtualRouter, atMicros, from, to, reason });
      segment.isEventful = true;
    }
  }

  /** The segment that takes the next event; a full one is followed by another. */
  #segmentFor(track: Track, before: BeforeStep, atMicros: number): Segment {
    const last = track.segments.at(-1);
    const fullOctets = this.#shareOctets / SEGMENTS_PER_SHARE;
    const isFull = ({ events, lines }: Segment): boolean => events >= EVENTS_PER_SEGMENT || lines.octets >= fullOctets;
    if (last !== undefined && !isFull(last)) return last;
    const number = (last?.number ?? 0) + 1;
    const lines = track.spare.pop() ?? new LineBuffer(FIRST_OCTETS);
    const segment: Segment = { number, lines, events: 0, isEventful: false };
    const at = new Date(this.#wallClockMs()).toISOString();
    const { virtualRouter } = track;
    append(segment, { kind: "checkpoint", virtualRouter, segment: number, atMicros, at, ...stateOf(before) });
    track.segments.push(segment);
    trim(track, this.#shareOctets);
    return segment;
  }
}

type BeforeStep =
  | { readonly protocol: "vrrp"; readonly before: VrrpRouterState }
  | { readonly protocol: "carp"; readonly before: CarpHostState };

function stateOf(step: BeforeStep): RecordedState {
  if (step.protocol === "vrrp") return { protocol: "vrrp", state: step.before };
  return { protocol: "carp", state: step.before };
}

function append(segment: Segment, line: RecordedLine): void {
  segment.lines.append(JSON.stringify(line));
}

/** Forgets segments in which nothing happened, then the oldest of the others, until the rest fits. */
function trim(track: Track, shareOctets: number): void {
  const recent = track.segments.slice(-RECENT_SEGMENTS);
  const eventful = track.segments.slice(0, -RECENT_SEGMENTS).filter(({ isEventful }) => isEventful);
  const kept = [...eventful.slice(-EVENTFUL_SEGMENTS), ...recent];
  let octets = kept.reduce((sum, { lines }) => sum + lines.octets, 0);
  while (kept.length > 1 && octets > shareOctets) octets -= kept.shift()?.lines.octets ?? 0;
  for (const { lines } of track.segments.filter((segment) => !kept.includes(segment))) {
    lines.clear();
    track.spare.push(lines);
  }
  track.segments = kept;
}

function isTransition(output: { readonly kind: string }): output is { readonly kind: "transition" } & Transition {
  return output.kind === "transition";
}
