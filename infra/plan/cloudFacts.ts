/** What only the cloud can say, and the agents' documents need: known once ports, addresses and the account are made. */

/** Addresses and credentials that the cloud gives out. */
export interface CloudFacts {
  /** By name of the node, its own address on the external network. */
  readonly nodes: Readonly<Record<string, string>>;
  /** By name of the VIP, the floating IP that its agents move. */
  readonly floatingIps: Readonly<Record<string, string>>;
  /** The agents' service account, where the program makes it. The secret is one. */
  readonly account?: { readonly clientId: string; readonly clientSecret: string };
}

/** Of a cluster that asks nothing of the cloud. */
export const NO_FACTS: CloudFacts = { nodes: {}, floatingIps: {} };

/** RFC 5737's and RFC 2544's networks, which no cloud gives out. */
const OWN_PREFIX = "192.0.2.";
const FLOATING_PREFIX = "198.18.0.";

/** Facts as they could be: enough to see whether the documents will be good ones before anything is made. */
export function possibleFacts(nodes: readonly string[], movedFloatingIps: readonly string[]): CloudFacts {
  const numbered = (names: readonly string[], prefix: string) =>
    Object.fromEntries(names.map((name, index) => [name, `${prefix}${(index % 254) + 1}`]));
  return {
    nodes: numbered(nodes, OWN_PREFIX),
    floatingIps: numbered(movedFloatingIps, FLOATING_PREFIX),
    account: { clientId: "to be made", clientSecret: "to be made" },
  };
}
