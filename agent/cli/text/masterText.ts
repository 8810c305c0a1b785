/** Who is master of a virtual router, for people: from the protocol, and where that is silent from the peer link. */

import type { AgentStatus } from "../../operator/agentStatus.ts";
import type { VirtualRouterStatus } from "../../virtualRouter/status.ts";

/** A node that holds no role hears no advertisements, and the peer link tells it all the same. */
export interface KnownMaster {
  /** Its own address; null: nobody is known to be. */
  readonly address: string | null;
  /** The node's name, where the peer link knows it. */
  readonly node: string | null;
}

export function masterOf(
  { name, masterAddress }: Pick<VirtualRouterStatus, "name" | "masterAddress">,
  peerLink: AgentStatus["peerLink"],
): KnownMaster {
  const theirs = (peerLink?.peers ?? []).flatMap(({ node, state, routers }) =>
    routers.filter((router) => router.name === name).map((router) => ({ ...router, node, state })),
  );
  if (masterAddress !== null) {
    return {
      address: masterAddress,
      node: theirs.find(({ sourceAddress }) => sourceAddress === masterAddress)?.node ?? null,
    };
  }
  const master = theirs.find(({ state, role }) => state === "connected" && role === "master");
  return { address: master?.sourceAddress ?? null, node: master?.node ?? null };
}

/** `edge-2 (10.25.0.12)`, or as much of it as is known; undefined: nobody is. */
export function masterWords({ address, node }: KnownMaster): string | undefined {
  if (address === null) return undefined;
  return node === null ? address : `${node} (${address})`;
}
