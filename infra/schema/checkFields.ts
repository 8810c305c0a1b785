/** Checks in a stack's configuration: the document's own words, and beside them what a failure costs. */
import { z } from "zod";
import { check } from "../../agent/config/schema/check.ts";
import { asInDocument, documentIssues } from "./documentField.ts";
import { isMap } from "./explain.ts";
import { noted } from "./fields.ts";

/** A check as the document has it. */
export type WrittenCheck = z.input<typeof check>;

/** Points of priority (VRRP) or of the demotion count (CARP); `all`: the node does not claim the VIP at all. */
export type Demotion = number | "all";

/** What a VIP tracks under a name: a check of its own, or without one the check of that name which VIPs share. */
export interface Tracked {
  readonly demote: Demotion;
  readonly check?: WrittenCheck;
}

const DEMOTE = "write a number from 1 to 254, or all";
const demotion = z.union([z.literal("all"), z.int().min(1).max(254)]);

/** A check that VIPs share by its name. */
export function sharedCheck(): z.ZodType<WrittenCheck> {
  return asInDocument(check);
}

/** `60`, `all`, or `{ ping: 192.0.2.1, demote: 60 }`. */
export function tracked(): z.ZodType<Tracked> {
  const field = z.unknown().transform((value, context): Tracked => {
    if (!isMap(value)) {
      const parsed = demotion.safeParse(value);
      if (parsed.success) return { demote: parsed.data };
      context.addIssue({ code: "custom", message: "is neither a demotion nor a check" });
      return z.NEVER;
    }
    const { demote, ...written } = value;
    const cost = demotion.safeParse(demote);
    const what = check.safeParse(written);
    if (cost.success && what.success) return { demote: cost.data, check: written as WrittenCheck };
    if (demote === undefined && what.error?.issues.some(({ path }) => path.length === 0) === true) {
      context.addIssue({ code: "custom", message: "is neither a demotion nor a check" });
      return z.NEVER;
    }
    if (!cost.success) {
      const message = demote === undefined ? "is missing" : "is no demotion";
      context.issues.push({ code: "custom", path: ["demote"], input: demote, message, params: { remedy: DEMOTE } });
    }
    if (!what.success) context.issues.push(...documentIssues(what.error, written));
    return z.NEVER;
  });
  return noted(field, `${DEMOTE}, or a check with its demotion, such as { ping: 192.0.2.1, demote: 60 }`);
}
