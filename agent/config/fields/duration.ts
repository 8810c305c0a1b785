/** Durations as people write them in configuration: a number and its unit, `100ms`, `1s`, `2m`. */
import * as z from "zod";
import { expected } from "./expected.ts";

const MICROSECONDS_PER_UNIT = { ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 } as const;
type Unit = keyof typeof MICROSECONDS_PER_UNIT;

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/**
 * Parses a duration such as `1s` or `100ms` into whole microseconds, to the nearest one.
 * @returns undefined when the text is not a number followed by one of ms, s, m, h, or is beyond any clock.
 */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [, amount, unit] = match;
  const micros = Math.round(Number(amount) * MICROSECONDS_PER_UNIT[unit as Unit]);
  return Number.isSafeInteger(micros) ? micros : undefined;
}

/** Writes whole microseconds in the largest unit that keeps the number whole: 1_000_000 is `1s`, 1_500_000 is `1500ms`. */
export function formatDuration(micros: number): string {
  for (const unit of ["h", "m", "s"] as const) {
    const perUnit = MICROSECONDS_PER_UNIT[unit];
    if (micros >= perUnit && micros % perUnit === 0) return `${micros / perUnit}${unit}`;
  }
  return `${micros / MICROSECONDS_PER_UNIT.ms}ms`;
}

/** A range of durations in microseconds, each a multiple of `step`. */
export interface DurationRange {
  readonly min: number;
  readonly max: number;
  readonly step?: number;
}

/** A duration in configuration, parsed into microseconds; `what` is its name in a problem and `example` one of them. */
export function durationWithin(what: string, { min, max, step = 1 }: DurationRange, example: string): DurationSchema {
  const steps = step === 1 ? "" : ` in steps of ${formatDuration(step)}`;
  const wanted = expected(what, `${formatDuration(min)} to ${formatDuration(max)}${steps}, such as ${example}`);
  return z.string(wanted).transform((text, context): number => {
    const micros = parseDuration(text);
    if (micros !== undefined && micros >= min && micros <= max && micros % step === 0) return micros;
    context.issues.push({ code: "custom", input: text, message: wanted.error({ input: text }) });
    return z.NEVER;
  });
}

/** Text before, microseconds after. */
export type DurationSchema = z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>;
