/** What failed checks and states cost a VIP's nodes, and what of it an operator should know before it happens. */
import { algebraOf, type Group } from "../../agent/config/priorityAlgebra.ts";
import { explainStuck, explainTie, outcomeTable } from "../../agent/config/priorityTable.ts";
import type { StackConfig, VipConfig } from "../config/schema.ts";
import { type Member, skewOf } from "./priorities.ts";
import { planTracking } from "./tracking.ts";

const DEFAULT_BASE_SECONDS = 1;
/** A longer table nobody reads. */
const MAX_TABLE_ROWS = 16;

/** A VIP's nodes as the priority algebra compares them. */
export function contestOf(name: string, vip: VipConfig, members: readonly Member[]): Group {
  const { track } = planTracking(name, vip.track);
  const { preempt, protocol, advertisementBase = DEFAULT_BASE_SECONDS, dialect = "openbsd" } = vip;
  switch (protocol) {
    case "vrrp":
      return {
        protocol,
        contenders: members.map(({ name: node, priority }) => ({ node, preempt, track, priority })),
      };
    case "carp":
      return {
        protocol,
        dialect,
        contenders: members.map(({ name: node, priority }) => {
          return { node, preempt, track, advertisementBase, advertisementSkew: skewOf(priority) };
        }),
      };
  }
}

/**
 * What the rules let pass, since it may be meant: a check that moves the VIP no further once the best node is gone, failed
 * checks that make two nodes equal, and a state whose cost never moves the VIP.
 */
export function demotionWarnings(
  name: string,
  vip: VipConfig,
  members: readonly Member[],
  states: StackConfig["states"],
): readonly string[] {
  const group = contestOf(name, vip, members);
  const { findings, outcomes, coverage } = algebraOf(group);
  const isShort = coverage === "every-combination" && outcomes.length <= MAX_TABLE_ROWS;
  const table = isShort ? `\n\n${outcomeTable({ group, outcomes, coverage })}\n` : "";
  const ofChecks = findings
    .filter(({ severity }) => severity === "warning")
    .map((finding) => (finding.kind === "tie" ? `${explainTie(finding)}${table}` : explainStuck(finding)));
  return [...ofChecks, ...stuckStates(name, group, states)].map((warning) => `VIP ${name}: ${warning}`);
}

/** A node is in one state at a time, so each is looked at by itself, beside the checks. */
function stuckStates(vip: string, group: Group, states: StackConfig["states"]): readonly string[] {
  return Object.entries(states?.states ?? {}).flatMap(([state, { demote = {} }]) => {
    const cost = demote[vip];
    if (cost === undefined) return [];
    const named = `the state "${state}"`;
    return algebraOf(withCost(group, named, cost)).findings.flatMap((finding) =>
      finding.kind === "stuck" && finding.check === named && finding.severity === "refused"
        ? [explainStuck(finding, named)]
        : [],
    );
  });
}

function withCost(group: Group, name: string, cost: number | "all"): Group {
  const also = <Contender extends Group["contenders"][number]>(contender: Contender): Contender => ({
    ...contender,
    track: { ...contender.track, [name]: cost },
  });
  return group.protocol === "vrrp"
    ? { ...group, contenders: group.contenders.map(also) }
    : { ...group, contenders: group.contenders.map(also) };
}
