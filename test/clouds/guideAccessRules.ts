/** The access rules that the guide gives an application credential of the agents'. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const GUIDE = join(import.meta.dirname, "..", "..", "docs", "public-address.md");

const rules = z.array(z.strictObject({ service: z.string(), method: z.string(), path: z.string() }));
export type AccessRules = z.output<typeof rules>;

/** @param prefix the path of Neutron's address in the catalog */
export function guideAccessRules(prefix: string): AccessRules {
  const [, written] =
    /--access-rules '([^']+)'/.exec(readFileSync(GUIDE, "utf8")) ?? assert.fail("no rules in the guide");
  return rules.parse(JSON.parse(written ?? "")).map((rule) => ({ ...rule, path: `${prefix}${rule.path}` }));
}
