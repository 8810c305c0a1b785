/** The order in which running nodes are changed: whoever serves least goes first, so a bad change meets a backup. */
import { compareNames } from "../values/names.ts";
import type { Member } from "../values/priorities.ts";

/** A VIP as far as the order is concerned. */
export interface ElectedVip {
  /** Master-to-be first, as `membersOf` returns them. */
  readonly members: readonly Member[];
}

/**
 * Backups first, masters last. A node counts by the VIPs it is the master-to-be of, then by its highest priority, then by
 * name; with one VIP this is the priorities from the lowest to the highest.
 */
export function rolloutOrder<Node extends { readonly name: string }>(
  nodes: readonly Node[],
  vips: readonly ElectedVip[],
): readonly Node[] {
  const weigh = (node: Node) => {
    const priorities = vips.flatMap(({ members }) => members.filter(({ name }) => name === node.name));
    return {
      node,
      masterOf: vips.filter(({ members }) => members[0]?.name === node.name).length,
      highest: Math.max(0, ...priorities.map(({ priority }) => priority)),
    };
  };
  return nodes
    .map(weigh)
    .sort((a, b) => a.masterOf - b.masterOf || a.highest - b.highest || compareNames(a.node.name, b.node.name))
    .map(({ node }) => node);
}
