/** The digest by which two configurations are known to mean the same. */
import { createHash } from "node:crypto";
import type { AgentConfig } from "./document.ts";

/**
 * SHA-256 in hex over the configuration as parsed, in canonical form: keys sorted, no space. Two texts that differ in
 * layout, in the order of keys, in defaults written out or in the unit of a duration have the same digest.
 */
export function configDigest(config: AgentConfig): string {
  return createHash("sha256").update(JSON.stringify(config, sortedKeys)).digest("hex");
}

/** For JSON.stringify: objects with their keys in order, everything else as it is. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
