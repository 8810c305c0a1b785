/** Durations on the lab's command line: a number and its unit. */
import { InvalidArgumentError } from "commander";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of a text such as `500ms`, `2s`, `-10m`. @throws InvalidArgumentError, which commander words with the option's name */
export function durationMs(text: string): number {
  const [, number, unit] = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    throw new InvalidArgumentError("it is no duration: write a number and ms, s, m or h, such as 5s.");
  }
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}
