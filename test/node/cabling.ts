/** Who is on which network, and what it is called there. */

/** The namespaces: three nodes and a client. */
export type Host = "n1" | "n2" | "n3" | "nc";
/** The segment of the virtual routers, `eth0`, and another way between the nodes, `eth1`. */
export type Network = "private" | "public";

interface Cabling {
  readonly bridge: string;
  readonly device: string;
  /** Who is on it, with which address. */
  readonly addresses: Readonly<Partial<Record<Host, string>>>;
}
export const NETWORKS: Readonly<Record<Network, Cabling>> = {
  private: {
    bridge: "private",
    device: "eth0",
    addresses: { n1: "10.25.0.11", n2: "10.25.0.12", n3: "10.25.0.13", nc: "10.25.0.99" },
  },
  public: {
    bridge: "public",
    device: "eth1",
    addresses: { n1: "198.51.100.11", n2: "198.51.100.12", n3: "198.51.100.13" },
  },
};
export const HOSTS = Object.keys(NETWORKS.private.addresses) as readonly Host[];
/** Where the bridges are. */
export const SWITCH = "vipf-nsw";

/** A host's own address on a network. */
export function addressOf(host: Host, network: Network): string {
  const address = NETWORKS[network].addresses[host];
  if (address === undefined) throw new Error(`${host} is not on the ${network} network`);
  return address;
}

export function namespaceOf(host: Host): string {
  return `vipf-${host}`;
}

/** The switch's end of a host's cable. */
export function portOf(host: Host, network: Network): string {
  return network === "private" ? host : `${host}-${network}`;
}
