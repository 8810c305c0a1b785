/** Rules of elections: who takes part, with which priority, under which id. */
import { ownEntry } from "../../../agent/config/fields/ownEntry.ts";
import { type KeyPath, keyName } from "../../schema/explain.ts";
import { nearest } from "../../schema/nearest.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import { type Draft, membersIn, type WrittenNames } from "../../stackFile/shape.ts";
import { type Member, skewOf } from "../../values/priorities.ts";

/** Every VIP has at least two candidates, all of different priority, and an id of its own. */
export function electionRules(draft: Draft, written: WrittenNames): readonly Problem[] {
  return [
    ...clusterSize(written),
    ...[...draft.vips].flatMap(([vip, { priorities, skews }]) => [
      ...unknownNodes(["vips", vip, "priorities"], Object.keys(priorities), written),
      ...unknownNodes(["vips", vip, "skews"], Object.keys(skews), written),
      ...saidTwice(vip, priorities, skews),
    ]),
    ...repeatedIds(draft),
    // Priorities compare nodes: with one of them unreadable, what is missing may be just that one.
    ...(draft.isWhole("nodes") ? comparisons(draft, written) : []),
  ];
}

function comparisons(draft: Draft, written: WrittenNames): readonly Problem[] {
  const elections = [...draft.vips].map(([name, vip]) => ({ vip: name, members: membersIn(draft, vip) }));
  const misElected = elections.flatMap(({ vip, members }) => [
    ...tooFew(vip, members, written),
    ...equalPriorities(draft, vip, members),
  ]);
  // A VIP that is unreadable may be the very one that names the node, and one without candidates lacks this one.
  if (!draft.isWhole("vips") || misElected.length > 0) return misElected;
  const electable = new Set(elections.flatMap(({ members }) => members.map(({ name }) => name)));
  return [...misElected, ...idleNodes(draft, electable)];
}

function clusterSize({ nodes }: WrittenNames): readonly Problem[] {
  if (nodes.length !== 1) return [];
  const why = "has one node, and nobody to take over from it";
  return [{ key: keyName(["nodes"]), value: nodes.join(), why, remedy: "name at least two nodes" }];
}

function tooFew(vip: string, members: readonly Member[], written: WrittenNames): readonly Problem[] {
  if (members.length >= 2 || written.nodes.length < 2) return [];
  const who = members.length === 0 ? "no node has" : `only ${members.map(({ name }) => name).join()} has`;
  return [
    {
      key: keyName(["vips", vip, "priorities"]),
      why: `leaves the VIP without two candidates: ${who} a priority for it`,
      remedy: "give the nodes a priority of their own, or name two of them here",
    },
  ];
}

/** Of equal priorities the higher address would win: an order nobody wrote down. */
function equalPriorities(draft: Draft, vip: string, members: readonly Member[]): readonly Problem[] {
  const { priorities = {}, skews = {} } = draft.vips.get(vip) ?? {};
  return members.flatMap(({ name, priority }, index): readonly Problem[] => {
    const other = members[index - 1];
    if (other?.priority !== priority) return [];
    const [skewed, unskewed] = ownEntry(skews, name) === undefined ? [other.name, name] : [name, other.name];
    if (ownEntry(skews, skewed) !== undefined) return [equalSkews(vip, skewed, unskewed, skewOf(priority))];
    const overridden = ownEntry(priorities, name) !== undefined;
    return [
      {
        key: keyName(overridden ? ["vips", vip, "priorities", name] : ["nodes", name, "priority"]),
        value: String(priority),
        why: `is also the priority of ${other.name} for VIP "${vip}": nothing would say which of them is master`,
        remedy: "give every node of a VIP its own priority; the highest is its master",
      },
    ];
  });
}

function equalSkews(vip: string, node: string, other: string, skew: number): Problem {
  return {
    key: keyName(["vips", vip, "skews", node]),
    value: String(skew),
    why: `is also the skew of ${other} for VIP "${vip}", where it is written or as 254 less its priority: nothing would say which of them is master`,
    remedy: "give every node of a VIP its own skew; the lowest is its master",
  };
}

/** A skew is a priority read backwards: with both, one would go unread. */
function saidTwice(
  vip: string,
  priorities: Readonly<Record<string, number>>,
  skews: Readonly<Record<string, number>>,
): readonly Problem[] {
  return Object.entries(skews).flatMap(([node, skew]) => {
    const priority = ownEntry(priorities, node);
    if (priority === undefined) return [];
    return [
      {
        key: keyName(["vips", vip, "skews", node]),
        value: String(skew),
        why: `is given beside the priority ${priority} of the same node, which says a skew of ${skewOf(priority)}`,
        remedy: "keep one of the two",
      },
    ];
  });
}

function unknownNodes(at: KeyPath, named: readonly string[], { nodes }: WrittenNames): readonly Problem[] {
  // Without any there is nothing to name, and the section has a problem of its own.
  if (nodes.length === 0) return [];
  return named
    .filter((node) => !nodes.includes(node))
    .map((node) => {
      const meant = nearest(node, nodes);
      return {
        key: keyName([...at, node]),
        why: "names a node that there is none of",
        remedy: meant === undefined ? `use one of: ${nodes.join(", ")}` : `did you mean ${meant}?`,
      };
    });
}

function idleNodes(draft: Draft, electable: ReadonlySet<string>): readonly Problem[] {
  if (draft.vips.size === 0) return [];
  return [...draft.nodes.keys()]
    .filter((node) => !electable.has(node))
    .map((node) => ({
      key: keyName(["nodes", node, "priority"]),
      why: "is missing, and no VIP names the node: it would hold nothing",
      remedy: "give it a priority, or remove the node",
    }));
}

/** VRRP and CARP are told apart by a version in the packet alone: protocol, group and virtual MAC are the same. */
function repeatedIds(draft: Draft): readonly Problem[] {
  const owners = new Map<number, string>();
  return [...draft.vips].flatMap(([vip, { protocol, virtualRouterId }]) => {
    const owner = owners.get(virtualRouterId);
    owners.set(virtualRouterId, owner ?? vip);
    if (owner === undefined) return [];
    const why =
      draft.vips.get(owner)?.protocol === protocol
        ? "the two elections would take each other's advertisements for their own"
        : "VRRP and CARP share IP protocol 112 and derive the same virtual MAC from it";
    return [
      {
        key: keyName(["vips", vip, "virtualRouterId"]),
        value: showValue(virtualRouterId),
        why: `is already the id of VIP "${owner}": ${why}`,
        remedy: "write another number from 1 to 255",
      },
    ];
  });
}
