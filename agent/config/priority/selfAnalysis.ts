/** What one node's document alone can tell of its priority algebra: the other nodes' priorities are in theirs. */

import type { VirtualRouterConfig } from "../schema/virtualRouter.ts";
import { type Candidate, type Group, healthyCandidates, type Strength, withFailed } from "./contest.ts";

/** What each failed check leaves of this node. */
export interface SelfEffect {
  readonly check: string;
  /** Undefined: held back. */
  readonly effective: Strength | undefined;
}

/** A check that can never move the address, whatever the other nodes are. */
export interface Ineffective {
  readonly check: string;
  readonly why: string;
  readonly remedy: string;
}

export interface SelfAnalysis {
  readonly virtualRouter: string;
  readonly configured: Strength | undefined;
  readonly effects: readonly SelfEffect[];
  readonly ineffective: readonly Ineffective[];
}

/** One result for each virtual router, in their order. @param node the name of this node. */
export function selfAnalysis(node: string, routers: readonly VirtualRouterConfig[]): readonly SelfAnalysis[] {
  return routers.flatMap((router) =>
    healthyCandidates(groupOf(node, router)).map((self) => ({
      virtualRouter: router.name,
      configured: self.strength,
      effects: Object.keys(self.track).map((check) => ({ check, effective: withFailed(self, [check]).strength })),
      ineffective: Object.entries(self.track).flatMap(([check, cost]) => {
        const found = cost === "all" ? undefined : whyIneffective(self, router);
        return found === undefined ? [] : [{ check, ...found }];
      }),
    })),
  );
}

/** This node as the one contender that its own document knows. */
function groupOf(node: string, router: VirtualRouterConfig): Group {
  const { preempt, track } = router;
  switch (router.protocol) {
    case "vrrp":
      return { protocol: "vrrp", contenders: [{ node, preempt, track, priority: router.priority }] };
    case "carp": {
      const { advertisementBase, advertisementSkew, dialect } = router;
      return {
        protocol: "carp",
        dialect,
        contenders: [{ node, preempt, track, advertisementBase, advertisementSkew }],
      };
    }
  }
}

/** The members of a group share their preempt mode, so this node's is taken for everybody's. */
function whyIneffective(self: Candidate, router: VirtualRouterConfig): Omit<Ineffective, "check"> | undefined {
  if (self.owner) {
    return { why: "an address owner (priority 255) is never demoted", remedy: 'write "all", or a priority below 255' };
  }
  if (self.limit === 0) {
    return { why: `${self.strength?.text ?? ""} is as low as it gets`, remedy: 'write "all", or a better priority' };
  }
  const comparesCounts = router.protocol === "carp" && router.dialect === "openbsd";
  if (router.preempt || comparesCounts) return undefined;
  return {
    why: "without preemption nobody takes over from a master that lives, however far it is demoted",
    remedy: 'write "all", or preempt: true',
  };
}
