/** Who may hold a VIP and in which order: the nodes' own priorities with the VIP's overrides on top. */
import { compareNames } from "./names.ts";

/** carp(4): 255 says goodbye. */
const LARGEST_SKEW = 254;

/** A node as far as elections are concerned. */
export interface Candidate {
  readonly name: string;
  /** Its own priority, 1..254; absent: it takes part only where a VIP names it. */
  readonly priority?: number | undefined;
}

/** A node that takes part in a VIP's election. */
export interface Member extends Candidate {
  /** Its priority in this election, 1..254, or 0 for CARP's largest skew; the highest is master while it lives. */
  readonly priority: number;
}

/**
 * The members of a VIP, the master-to-be first: every node with the priority the VIP gives it, else with its own; a node
 * that has neither takes no part.
 *
 * Equal priorities are ordered by name, so that the result is one and the same; whether they are allowed is not asked here.
 */
export function membersOf<Node extends Candidate>(
  nodes: readonly Node[],
  overrides: Readonly<Record<string, number>> = {},
): readonly (Node & Member)[] {
  const overriding = new Map(Object.entries(overrides));
  return nodes
    .flatMap((node) => {
      const priority = overriding.get(node.name) ?? node.priority;
      return priority === undefined ? [] : [{ ...node, priority }];
    })
    .sort((a, b) => b.priority - a.priority || compareNames(a.name, b.name));
}

/** What a VIP says about the order of its nodes. */
export interface Preference {
  readonly priorities: Readonly<Record<string, number>>;
  /** CARP's, the lowest preferred: 254 less a priority. The two are one order, so a node that has one needs no other. */
  readonly skews: Readonly<Record<string, number>>;
}

/** The members of a VIP, the master-to-be first, by the priorities or skews that it gives them or else their own. */
export function electorate<Node extends Candidate>(
  nodes: readonly Node[],
  { priorities, skews }: Preference,
): readonly (Node & Member)[] {
  const ofSkews = Object.entries(skews).map(([node, skew]): [string, number] => [node, LARGEST_SKEW - skew]);
  return membersOf(nodes, { ...priorities, ...Object.fromEntries(ofSkews) });
}

/** The advertisement skew that a priority is in CARP. */
export function skewOf(priority: number): number {
  return LARGEST_SKEW - priority;
}
