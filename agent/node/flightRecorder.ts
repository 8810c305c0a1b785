/**
 * What led to the latest changes of role: the events of each election with the state they began from, in bounded memory.
 * The state machines are pure, so the same events from the same state make the same transitions again, anywhere.
 */
import type { CarpHostEvent } from "../election/carpHost.ts";
import type { CarpHostState } from "../election/carpHostState.ts";
import type { Transition } from "../election/election.ts";
import type { VrrpRouterEvent } from "../election/vrrpRouter.ts";
import type { VrrpRouterState } from "../election/vrrpRouterState.ts";

/** One step of a state machine. */
export type RecordedStep = (
  | { readonly protocol: "vrrp"; readonly before: VrrpRouterState; readonly event: VrrpRouterEvent }
  | { readonly protocol: "carp"; readonly before: CarpHostState; readonly event: CarpHostEvent }
) & { readonly nowMicros: number; readonly outputs: readonly { readonly kind: string }[] };

export type NoteStep = (step: RecordedStep) => void;

/** A line of a recording. */
export type RecordedLine =
  | { readonly kind: "recording"; readonly version: 1 }
  /** The state a virtual router was in; what follows begins from it. */
  | {
      readonly kind: "checkpoint";
      readonly virtualRouter: string;
      readonly atMicros: number;
      readonly protocol: "vrrp" | "carp";
      readonly state: VrrpRouterState | CarpHostState;
    }
  | {
      readonly kind: "event";
      readonly virtualRouter: string;
      readonly atMicros: number;
      readonly event: VrrpRouterEvent | CarpHostEvent;
    }
  /** What the event before it led to. */
  | ({ readonly kind: "transition"; readonly virtualRouter: string; readonly atMicros: number } & Transition);

/** Events after a checkpoint; then the next one is made. */
const EVENTS_PER_SEGMENT = 256;
/** Segments with a change of role in them that are kept, of each virtual router. */
const EVENTFUL_SEGMENTS = 16;

interface Segment {
  readonly lines: RecordedLine[];
  events: number;
  isEventful: boolean;
}

export class FlightRecorder {
  readonly #segments = new Map<string, Segment[]>();

  /** What a virtual router's steps are given to. */
  noteFor(virtualRouter: string): NoteStep {
    const segments: Segment[] = [];
    this.#segments.set(virtualRouter, segments);
    return (step) => {
      note(segments, virtualRouter, step);
    };
  }

  /** Everything that is remembered, a line of JSON each. */
  dump(): string[] {
    const lines = [...this.#segments.values()].flatMap((segments) => segments.flatMap((segment) => segment.lines));
    const first: RecordedLine = { kind: "recording", version: 1 };
    return [first, ...lines].map((line) => JSON.stringify(line));
  }
}

function note(segments: Segment[], virtualRouter: string, step: RecordedStep): void {
  const { protocol, before, event, nowMicros: atMicros, outputs } = step;
  let segment = segments.at(-1);
  if (segment === undefined || segment.events >= EVENTS_PER_SEGMENT) {
    segment = { lines: [], events: 0, isEventful: false };
    segment.lines.push({ kind: "checkpoint", virtualRouter, atMicros, protocol, state: before });
    segments.push(segment);
    dropBoring(segments);
  }
  segment.events += 1;
  segment.lines.push({ kind: "event", virtualRouter, atMicros, event });
  for (const output of outputs) {
    if (!isTransition(output)) continue;
    segment.isEventful = true;
    const { from, to, reason } = output;
    segment.lines.push({ kind: "transition", virtualRouter, atMicros, from, to, reason });
  }
}

/** Keeps the segment under way, the one before it (what led to now), and the latest of those in which something happened. */
function dropBoring(segments: Segment[]): void {
  const recent = 2;
  const eventful = segments.slice(0, -recent).filter(({ isEventful }) => isEventful);
  if (segments.length > recent) segments.splice(0, segments.length - recent, ...eventful.slice(-EVENTFUL_SEGMENTS));
}

function isTransition(output: { readonly kind: string }): output is { readonly kind: "transition" } & Transition {
  return output.kind === "transition";
}
