/** What failed checks and states cost a VIP's nodes, and what of it an operator should know before it happens. */
import { ownEntry } from "../../../agent/config/fields/ownEntry.ts";
import {
  analysisOf,
  type DemotionAnalysis,
  type Group,
  stuckInGroup,
} from "../../../agent/config/priority/demotionAnalysis.ts";
import { explainStuck, explainTie, outcomeTable } from "../../../agent/config/priority/priorityTable.ts";
import type { StackConfig, VipConfig } from "../../schema/schema.ts";
import { type Member, skewOf } from "../../values/priorities.ts";
import { planTracking } from "./tracking.ts";
import type { Warning } from "./warnings.ts";

const DEFAULT_BASE_SECONDS = 1;
/** A longer table nobody reads. */
const MAX_TABLE_ROWS = 16;

/** A VIP's nodes as the priority algebra compares them. */
function contestOf(name: string, vip: VipConfig, members: readonly Member[]): Group {
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

/** Of a VIP as parsed; the rules, the warnings and each plan of one configuration ask for the same. */
const algebras = new WeakMap<VipConfig, { readonly members: string; readonly algebra: DemotionAnalysis }>();

/** The priority algebra of a VIP, worked out once for the same members. */
export function algebraOfVip(name: string, vip: VipConfig, members: readonly Member[]): DemotionAnalysis {
  const key = JSON.stringify([name, members.map(({ name: node, priority }) => [node, priority])]);
  const known = algebras.get(vip);
  if (known?.members === key) return known.algebra;
  const algebra = analysisOf(contestOf(name, vip, members));
  algebras.set(vip, { members: key, algebra });
  return algebra;
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
): readonly Warning[] {
  const algebra = algebraOfVip(name, vip, members);
  const said = (text: string): string => `VIP ${name}: ${text}`;
  // The table shows all ties of the VIP, so it stands below the first.
  const firstTie = algebra.findings.find(({ kind }) => kind === "tie");
  const ofChecks = algebra.findings
    .filter(({ severity }) => severity === "warning")
    .map((finding): Warning => {
      if (finding.kind === "stuck") return { kind: "onceTheBestIsGone", text: () => said(explainStuck(finding)) };
      const table = finding === firstTie ? shortTable(algebra) : "";
      return { kind: "tie", text: () => `${said(explainTie(finding))}${table}` };
    });
  return [...ofChecks, ...stuckStates(name, algebra.group, states, said)];
}

function shortTable(algebra: DemotionAnalysis): string {
  return algebra.combinations <= MAX_TABLE_ROWS ? `\n\n${outcomeTable(algebra)}\n` : "";
}

/** A node is in one state at a time, so each is looked at by itself, beside the checks. */
function stuckStates(
  vip: string,
  group: Group,
  states: StackConfig["states"],
  said: (text: string) => string,
): readonly Warning[] {
  return Object.entries(states?.states ?? {}).flatMap(([state, { demote = {} }]): Warning[] => {
    const cost = ownEntry(demote, vip);
    if (cost === undefined) return [];
    const named = `the state "${state}"`;
    const stuck = stuckInGroup(withCost(group, named, cost), named);
    return stuck === undefined ? [] : [{ kind: "state", text: () => said(explainStuck(stuck, named)) }];
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
