/** Rules of sync groups: VIPs that are always together can be on the same nodes, in the same order. */
import { type KeyPath, keyName } from "../../schema/explain.ts";
import { nearest } from "../../schema/nearest.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import { type Draft, membersIn, type WrittenNames } from "../../stackFile/shape.ts";

/** Every group is of VIPs that there are, each in one group, all wanted on the same node. */
export function syncGroupRules(draft: Draft, written: WrittenNames): readonly Problem[] {
  // Without any VIP there is nothing to name, and the section has a problem of its own.
  if (written.vips.length === 0) return [];
  const groupOf = new Map<string, string>();
  return Object.entries(draft.syncGroups).flatMap(([group, vips]) => {
    const at = ["syncGroups", group];
    const members = vips.flatMap((vip, index) => {
      const problem = whyNoMember([...at, index], vip, groupOf.get(vip), written);
      groupOf.set(vip, group);
      return problem;
    });
    if (members.length > 0) return members;
    if (vips.length < 2) return [tooSmall(at, vips)];
    // Priorities compare nodes: with one of them unreadable, what is missing may be just that one.
    return draft.isWhole("nodes") ? differentOrders(at, vips, draft) : [];
  });
}

function whyNoMember(at: KeyPath, vip: string, group: string | undefined, { vips }: WrittenNames): readonly Problem[] {
  const problem = { key: keyName(at), value: showValue(vip) };
  if (!vips.includes(vip)) {
    const meant = nearest(vip, vips);
    const remedy = meant === undefined ? `use one of: ${vips.join(", ")}` : `did you mean ${meant}?`;
    return [{ ...problem, why: "is no VIP", remedy }];
  }
  if (group === undefined) return [];
  return [
    { ...problem, why: `is in the group "${group}" already`, remedy: "put all that move together into one group" },
  ];
}

function tooSmall(at: KeyPath, vips: readonly string[]): Problem {
  const why = "has no two VIPs that could move together";
  return { key: keyName(at), value: showValue(vips), why, remedy: "name at least two VIPs, or remove the group" };
}

/** With different orders one of the VIPs would call the group to another node than the other. */
function differentOrders(at: KeyPath, vips: readonly string[], draft: Draft): readonly Problem[] {
  const orderOf = (name: string): string | undefined => {
    const vip = draft.vips.get(name);
    return (
      vip &&
      membersIn(draft, vip)
        .map((member) => member.name)
        .join(", ")
    );
  };
  const [first = "", ...others] = vips;
  const wanted = orderOf(first);
  return others.flatMap((vip) => {
    const order = orderOf(vip);
    if (order === undefined || wanted === undefined || order === wanted) return [];
    return [
      {
        key: keyName(at),
        value: showValue(vips),
        why: `would be called to two places: ${first} prefers ${wanted}, and ${vip} prefers ${order}`,
        remedy: "give the VIPs of a group the same nodes in the same order of priority",
      },
    ];
  });
}
