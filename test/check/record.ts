/** What is remembered from one check to the next: with which fingerprints each test file passed, and how long it took. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

const schema = z.record(z.string(), z.object({ passed: z.array(z.string()), milliseconds: z.number().nonnegative() }));

/** As many fingerprints of a file, the latest first: an edit that is taken back, or a branch, is not tested again. */
const REMEMBERED = 8;

/** By the test file's path. */
export type CheckRecord = z.infer<typeof schema>;

/** How a test file fared; a file of which nothing is heard has not passed. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly milliseconds: number;
}

/** Empty when there is none, and when it is damaged: then everything runs. */
export function readRecord(path: string): CheckRecord {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return {};
  }
}

/** In one step, so that an interrupted check leaves a whole file. */
export function writeRecord(path: string, record: CheckRecord): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(record, null, 1)}\n`);
  renameSync(temporary, path);
}

/** The test files whose result can be another than when they passed. */
export function dueFiles(record: CheckRecord, now: ReadonlyMap<string, string>): readonly string[] {
  return [...now].filter(([file, print]) => record[file]?.passed.includes(print) !== true).map(([file]) => file);
}

/**
 * The longest first, so that none is left running alone in the end. One that never passed here comes before them, for it may
 * take any time; among those, the one that imports the most.
 */
export function longestFirst(
  files: readonly string[],
  record: CheckRecord,
  sizeOf: (file: string) => number,
): readonly string[] {
  const expected = (file: string): number => record[file]?.milliseconds ?? Number.MAX_VALUE;
  return [...files].sort((one, other) => expected(other) - expected(one) || sizeOf(other) - sizeOf(one));
}

/**
 * The record after a run. A file has passed with a fingerprint it had before and after the run: one that was edited meanwhile
 * is tested again. One that failed has not passed with this one, whatever it did before. Files that are no more are forgotten.
 */
export function recordAfter(
  record: CheckRecord,
  verdicts: ReadonlyMap<string, Verdict>,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): CheckRecord {
  const kept = Object.entries(record).filter(([file]) => after.has(file));
  const heard = [...verdicts].map(([file, { passed, failed, milliseconds }]) => {
    const fingerprint = before.get(file);
    const others = (record[file]?.passed ?? []).filter((other) => other !== fingerprint);
    const isSure = passed > 0 && failed === 0 && fingerprint === after.get(file);
    const sure = isSure && fingerprint !== undefined ? [fingerprint] : [];
    return [file, { passed: [...sure, ...others].slice(0, REMEMBERED), milliseconds }] as const;
  });
  return Object.fromEntries([...kept, ...heard]);
}
