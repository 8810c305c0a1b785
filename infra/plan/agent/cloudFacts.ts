/** What only the cloud can say, and the agents' documents need: known once ports, addresses and the account are made. */

/** Addresses and credentials that the cloud gives out. */
export interface CloudFacts {
  /** By name of the node, its own address on the external network. */
  readonly nodes: ReadonlyMap<string, string>;
  /** By name of the VIP, the floating IP that its agents move. */
  readonly floatingIps: ReadonlyMap<string, string>;
  /** The agents' service account, where the program makes it. The secret is one. */
  readonly account?: { readonly clientId: string; readonly clientSecret: string };
}

/** Of a cluster that asks nothing of the cloud. */
export const NO_FACTS: CloudFacts = { nodes: new Map(), floatingIps: new Map() };

/**
 * Facts as they could be: enough to see whether the documents will be good ones before anything is made. The addresses are
 * of RFC 6666's 100::/64, where packets are dropped: a stack's own are IPv4, so none of them can be one of these, however
 * many nodes there are.
 */
export function possibleFacts(nodes: readonly string[], movedFloatingIps: readonly string[]): CloudFacts {
  const numbered = (names: readonly string[], from: number) =>
    new Map(names.map((name, index) => [name, `100::${from.toString(16)}:${(index + 1).toString(16)}`]));
  return {
    nodes: numbered(nodes, 1),
    floatingIps: numbered(movedFloatingIps, 2),
    account: { clientId: "to be made", clientSecret: "to be made" },
  };
}
