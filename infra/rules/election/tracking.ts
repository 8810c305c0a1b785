/** Rules of checks: what a VIP tracks is there, is looked at by somebody, and ends before it begins again. */

import { formatDuration } from "../../../agent/config/fields/duration.ts";
import { check as documentCheck } from "../../../agent/config/schema/check.ts";
import type { WrittenCheck } from "../../schema/checkFields.ts";
import { type KeyPath, keyName } from "../../schema/explain.ts";
import { nearest } from "../../schema/nearest.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import type { Draft, WrittenNames } from "../../stackFile/shape.ts";

/** The agent's document holds names of this length; a VIP's own check is called `VIP.CHECK` there. */
const LONGEST_NAME = 64;
const CHECK_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/;

/** Every check has a name that can be used, ends in time, and is tracked; everything tracked is a check. */
export function trackingRules(draft: Draft, written: WrittenNames): readonly Problem[] {
  // A section that cannot be read may have any name in it.
  const canName = written.checks.length > 0 || draft.isWhole("checks");
  return [
    ...written.checks.flatMap((name) => wrongName(["checks", name], name)),
    ...[...draft.checks].flatMap(([name, check]) => endless(["checks", name], check)),
    ...[...draft.vips].flatMap(([vip, { track }]) =>
      Object.entries(track).flatMap(([name, { check }]) => {
        const at = ["vips", vip, "track", name];
        if (check === undefined) return canName ? unknown(at, name, written.checks) : [];
        return [...wrongName(at, `${vip}.${name}`, name), ...endless(at, check)];
      }),
    ),
    ...unused(draft),
  ];
}

function wrongName(at: KeyPath, full: string, name = full): readonly Problem[] {
  if (!CHECK_NAME.test(name)) {
    const remedy = "use letters, digits and inner dashes, such as uplink";
    return [{ key: keyName(at), why: "has a name that no expression or metric could use", remedy }];
  }
  if (full.length <= LONGEST_NAME) return [];
  const why = `is "${full}" on the nodes: ${full.length} letters, and ${LONGEST_NAME} is the most`;
  return [{ key: keyName(at), why, remedy: "shorten the name" }];
}

function unknown(at: KeyPath, name: string, checks: readonly string[]): readonly Problem[] {
  if (checks.includes(name)) return [];
  const meant = nearest(name, checks);
  return [
    {
      key: keyName(at),
      why: "names a check that there is none of",
      remedy:
        meant === undefined
          ? `add checks.${name}, or write the check here with its demotion`
          : `did you mean ${meant}?`,
    },
  ];
}

/** A run that outlasts its interval would still be going when the next is due. */
function endless(at: KeyPath, written: WrittenCheck): readonly Problem[] {
  const check = documentCheck.parse(written);
  if (!("every" in check) || check.timeout === undefined || check.timeout < check.every) return [];
  return [
    {
      key: keyName([...at, "timeout"]),
      value: showValue(formatDuration(check.timeout)),
      why: `is not less than the ${formatDuration(check.every)} after which the check runs again`,
      remedy: "shorten it, or check less often with every",
    },
  ];
}

function unused({ checks, vips, states, isWhole }: Draft): readonly Problem[] {
  // A VIP that is unreadable may be the very one that tracks it, and a state may ask for it.
  if (!isWhole("vips", "states") || states !== undefined) return [];
  const tracked = new Set([...vips.values()].flatMap(({ track }) => Object.keys(track)));
  return [...checks.keys()]
    .filter((name) => !tracked.has(name))
    .map((name) => ({
      key: keyName(["checks", name]),
      why: "is tracked by no VIP: it would run and change nothing",
      remedy: `add it to a VIP, as track: { ${name}: 60 }, or remove it`,
    }));
}
