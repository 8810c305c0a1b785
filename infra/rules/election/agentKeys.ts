/** Rules of the agents' keys: each seed is one, and is of a number. */
import { type KeyPath, keyName } from "../../schema/explain.ts";
import type { Problem } from "../../schema/problem.ts";
import { makeSeed, seedFault } from "../../schema/seed.ts";
import type { Draft } from "../../stackFile/shape.ts";

export function agentKeyRules({ agentKeys }: Draft): readonly Problem[] {
  return Object.entries(agentKeys?.seeds ?? {}).flatMap(([number, seed]): readonly Problem[] => {
    const at: KeyPath = ["agentKeys", "seeds", number];
    if (!/^[1-9]\d{0,6}$/.test(number)) {
      const why = "is not below a number of keys";
      return [{ key: keyName(at), why, remedy: "write the number of the first keys that come from this seed" }];
    }
    const why = seedFault(seed);
    return why === undefined ? [] : [{ key: keyName(at), why, remedy: `make one: ${makeSeed(at.join("."))}` }];
  });
}
