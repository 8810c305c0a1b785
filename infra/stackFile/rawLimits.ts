/** What no part of a configuration may be, whatever its schema: deeper than anybody reads, or under a name that gets lost. */
import { type KeyPath, keyName } from "../schema/explain.ts";
import type { Problem } from "../schema/problem.ts";

/** As deep as the agent's document may be (agent/config/jsonShape.ts), less what stands around it there. */
const MAX_DEPTH = 56;

/** The first such place; undefined when the whole can be read. Looks at the values, not at their meaning. */
export function rawLimits(raw: unknown): Problem | undefined {
  const waiting: { readonly value: unknown; readonly at: KeyPath }[] = [{ value: raw, at: [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, at } = next;
    if (typeof value !== "object" || value === null) continue;
    if (at.length > MAX_DEPTH) {
      const why = `is nested more than ${MAX_DEPTH} deep`;
      return { key: keyName(at.slice(0, SHOWN_DEPTH)), why, remedy: "write it flatter" };
    }
    for (const [name, inner] of Object.entries(value) as readonly (readonly [string, unknown])[]) {
      if (name === "__proto__") {
        const why = "is a name that JavaScript's objects lose when they are copied";
        return { key: keyName([...at, name]), why, remedy: "choose another name" };
      }
      waiting.push({ value: inner, at: [...at, Array.isArray(value) ? Number(name) : name] });
    }
  }
  return undefined;
}

/** Enough to find it. */
const SHOWN_DEPTH = 8;
