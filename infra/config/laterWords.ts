/**
 * Words that the design has and this version does not: refused by name. Taking one in silence would be worse than not
 * knowing it: a cluster without the failover IP that its configuration promises.
 */

import type { KeyPath } from "./explain.ts";

/** Where such a word stands (`*` for any name) and what to do without it. */
interface LaterWord {
  readonly at: readonly string[];
  readonly instead: string;
}

const LATER_KEYS: readonly LaterWord[] = [
  { at: ["network", "vrack"], instead: "remove it, and attach the project to the vRack by hand" },
  { at: ["vips", "*", "public", "failoverIp"], instead: "use public: { floatingIp: { pool: Ext-Net } }" },
  { at: ["vips", "*", "public", "routed"], instead: "use public: { floatingIp: { pool: Ext-Net } }" },
];

/** What to do instead of a key that a later version has; undefined for any other key. */
export function laterKey(path: KeyPath): string | undefined {
  return LATER_KEYS.find(({ at }) => matches(at, path))?.instead;
}

function matches(pattern: readonly string[], path: KeyPath): boolean {
  return pattern.length === path.length && pattern.every((part, index) => part === "*" || part === path[index]);
}
