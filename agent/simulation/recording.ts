/** Reads the text of a flight recording; what the state machines make of it is replay.ts. */
import * as z from "zod";
import { RECORDING_VERSION, type RecordedLine } from "../participant/flightRecorder.ts";

/** A line of one virtual router, with its number in the text, from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly line: Exclude<RecordedLine, { readonly kind: "recording" }>;
}

export type Recording =
  | { readonly node: string; readonly lines: readonly NumberedLine[] }
  | { readonly problem: string };

const common = { virtualRouter: z.string(), atMicros: z.number() };
const role = z.enum(["initialize", "backup", "master", "resigning", "resuming"]);
const first = z.object({ kind: z.literal("recording"), version: z.number(), node: z.string() });

/** The frame of a line; states and events inside are what the machines take, and as they were written. */
const line = z.discriminatedUnion("kind", [
  z.object({
    ...common,
    kind: z.literal("checkpoint"),
    segment: z.int(),
    at: z.iso.datetime(),
    protocol: z.enum(["vrrp", "carp"]),
    state: z.looseObject({ role, config: z.looseObject({}) }),
  }),
  z.object({ ...common, kind: z.literal("event"), event: z.looseObject({ kind: z.string() }) }),
  z.object({ ...common, kind: z.literal("transition"), from: role, to: role, reason: z.string() }),
]);

export function readRecording(text: string): Recording {
  const [heading, ...rest] = text.split("\n").map((written, index) => ({
    number: index + 1,
    written,
    value: parsed(written),
  }));
  const head = first.safeParse(heading?.value);
  if (!head.success) return { problem: 'line 1 is not the beginning of a recording: { "kind": "recording", ... }' };
  const { version, node } = head.data;
  if (version !== RECORDING_VERSION) {
    return { problem: `the recording is of version ${version}, and this agent replays version ${RECORDING_VERSION}` };
  }
  const lines: NumberedLine[] = [];
  for (const { number, written, value } of rest) {
    const isLast = number === rest.length + 1;
    if (isLast && written === "") break;
    if (isLast && value === undefined) {
      return { problem: `line ${number} is cut off: this is not the whole recording` };
    }
    const result = line.safeParse(value);
    if (!result.success) return { problem: `line ${number} is no line of a recording` };
    lines.push({ number, line: result.data as NumberedLine["line"] });
  }
  return { node, lines };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
