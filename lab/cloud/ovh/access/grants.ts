/** What a caller may do: path rules of consumer keys, and IAM policies of OAuth2 clients. */

import type { AccessRule, Policy, PolicyCondition } from "../../state/ovhRecords.ts";
import type { View } from "../../state/state.ts";

/** Whether a key's rules grant a call. A `*` in a rule's path stands for any text; the query does not count. */
export function rulesGrant(rules: View<AccessRule[]>, method: string, path: string): boolean {
  return rules.some((rule) => rule.method === method && wildcard(rule.path).test(path));
}

/** A call as policies look at it. */
export interface PolicyQuestion {
  readonly identity: string;
  readonly action: string;
  /** URN of the project, vRack or account that the call is about. */
  readonly resource: string;
  /** The caller's address. */
  readonly sourceAddress: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Whether one of the policies allows it, none denies it. */
export function policiesGrant(policies: View<Policy[]>, question: PolicyQuestion): boolean {
  const about = policies.filter(
    (policy) =>
      policy.identities.includes(question.identity) &&
      matchesAny(policy.resources, question.resource) &&
      (policy.expiredAt === null || Date.parse(policy.expiredAt) > question.now) &&
      (policy.conditions === null || holds(policy.conditions, question)),
  );
  const { action } = question;
  if (about.some((policy) => matchesAny(policy.deny, action))) return false;
  return about.some((policy) => matchesAny(policy.allow, action) && !matchesAny(policy.except, action));
}

function holds(condition: View<PolicyCondition>, question: PolicyQuestion): boolean {
  const inner = (condition.conditions ?? []).map((one) => holds(one, question));
  switch (condition.operator) {
    case "MATCH":
      return Object.entries(condition.values ?? {}).every(
        // What this cloud cannot know never matches: better refused than granted by mistake.
        ([name, value]) => name === "request.IP" && wildcard(value).test(question.sourceAddress),
      );
    case "AND":
      return inner.every(Boolean);
    case "OR":
      return inner.some(Boolean);
    case "NOT":
      return !inner.some(Boolean);
  }
}

const matchesAny = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => wildcard(pattern).test(text));

const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
