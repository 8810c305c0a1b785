/**
 * What a real OpenStack answered, kept: so that the doubles are compared with it in a second, anywhere, and the real one
 * with it wherever it can run. Answers are kept as they are compared, with masks in the place of ids, times and addresses.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exchange } from "./calls.ts";
import { normalised } from "./normal.ts";

export const RECORDING = join(import.meta.dirname, "..", "..", "fixtures", "openstack", "interview.json");

/** As it is kept. */
export const recordable = (exchanges: readonly Exchange[]): readonly Exchange[] =>
  exchanges.map(({ call, status, body }) => ({ call, status, body: normalised(body) }));

export const readRecording = (): readonly Exchange[] => JSON.parse(readFileSync(RECORDING, "utf8")) as Exchange[];
