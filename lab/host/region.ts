/**
 * What a region should look like on this machine: the hypervisor's input, in its own words.
 *
 * The one that runs the APIs (the doubles do) describes the whole region as one value and calls
 * `converge`; the hypervisor makes the difference true and nothing else. Addresses are text, prefix lengths numbers.
 */

/** A layer-2 segment. `external` is the one Ext-Net, where the client host and the bastion live. */
export interface SegmentPlan {
  readonly id: string;
  readonly kind: "external" | "tenant";
  readonly mtu: number;
}

/** One address of a port. */
export interface FixedAddress {
  readonly address: string;
  readonly prefixLength: number;
  /** The subnet's gateway, absent when it has none. */
  readonly gateway?: string;
}

/** A security group rule with its group reference already resolved to member addresses. */
export interface FilterRule {
  readonly direction: "ingress" | "egress";
  readonly family: 4 | 6;
  /** IP protocol number; absent: any. */
  readonly protocol?: number;
  /** Destination ports, or ICMP type..code; absent: any. */
  readonly ports?: { readonly min: number; readonly max: number };
  /** The other side's CIDRs; absent: anyone. An empty list matches nobody. */
  readonly remote?: readonly string[];
}

/** A port: a network card of a server. VIP ports hold an address and have no card, so they do not appear here. */
export interface PortPlan {
  readonly id: string;
  readonly segmentId: string;
  readonly mac: string;
  readonly addresses: readonly FixedAddress[];
  readonly adminUp: boolean;
  /** Absent: port security is off, anything passes. */
  readonly security?: {
    /** Source addresses (CIDR) with the MAC they may use; the port's own addresses are always among them. */
    readonly allowedPairs: readonly { readonly cidr: string; readonly mac: string }[];
    /** What passes; everything else, but for replies, DHCP and ARP/ND, is dropped. */
    readonly rules: readonly FilterRule[];
  };
}

/** A card of a server, as faults of its cable are put on it. */
export interface Card {
  readonly portId: string;
  /** Whether it is on a network of the provider's own. */
  readonly external: boolean;
}

/** A router: its own namespace with an interface on each segment, source NAT and floating IPs. */
export interface RouterPlan {
  readonly id: string;
  readonly external?: {
    readonly segmentId: string;
    readonly address: string;
    readonly prefixLength: number;
    readonly mac: string;
    readonly snat: boolean;
  };
  readonly interfaces: readonly {
    readonly portId: string;
    readonly segmentId: string;
    readonly address: string;
    readonly prefixLength: number;
    readonly mac: string;
  }[];
  /** Destination NAT one to one; the fixed address is found by ARP, so it leads to the host that answers for a VIP. */
  readonly floatingIps: readonly { readonly floating: string; readonly fixed: string }[];
}

/** A server: a system container with its ports as eth0, eth1, ... in this order. */
export interface ServerPlan {
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
  readonly power: "on" | "off";
  readonly portIds: readonly string[];
  /** Files of the config drive: openstack/latest/meta_data.json and user_data, as cloud-init reads them. */
  readonly configDrive: Readonly<Record<string, string | Uint8Array>>;
  /** Grows when the disk must be made again from the image (rebuild). */
  readonly generation: number;
}

/** What is beyond the external segment and the network there leads to one of the segment's addresses. */
export interface RoutePlan {
  /** CIDR. */
  readonly destination: string;
  readonly via: string;
}

/** The whole region. */
export interface RegionPlan {
  readonly segments: readonly SegmentPlan[];
  readonly ports: readonly PortPlan[];
  readonly routers: readonly RouterPlan[];
  readonly servers: readonly ServerPlan[];
  /** As the client host knows them; absent: none. */
  readonly routes?: readonly RoutePlan[];
}

/** What happened to a server: `active` once its init runs, `shutoff` when it does not, `error` with what went wrong. */
export type ServerState =
  | { readonly kind: "building" }
  | { readonly kind: "active" }
  | { readonly kind: "shutoff" }
  | { readonly kind: "error"; readonly reason: string };

/** A fault of one port's cable: `carrier-down` is seen by the server, `blackhole` drops frames and keeps the carrier. */
export type PortCondition = "up" | "carrier-down" | "blackhole";

/** The result of a command run on a server's console or on the client host. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine that makes regions real. */
export interface Hypervisor {
  /** Makes the region as planned; calls are serial, the newest plan wins. Rejects with what could not be made; servers report by themselves. */
  converge(plan: RegionPlan): Promise<void>;
  /** Calls back at every change of a server's state, also for one that dies by itself. */
  onServerState(listener: (serverId: string, state: ServerState) => void): void;
  /** Pulls the plug: the machine and its links are gone at once, with no goodbye. The state becomes `shutoff`. */
  powerCut(serverId: string): Promise<void>;
  /** Restarts the machine, keeping its disk: `hard` pulls the plug first, `soft` asks its init. */
  reboot(serverId: string, how: "hard" | "soft"): Promise<void>;
  /** Puts a fault on a port's cable, or takes it off with `up`. */
  setPortCondition(portId: string, condition: PortCondition): Promise<void>;
  /** Runs a command as root on the server, as on its console; independent of its network. */
  run(serverId: string, argv: readonly string[], options?: { readonly timeoutMs?: number }): Promise<CommandResult>;
  /** Everything this machine's console printed since it was last started. */
  consoleLog(serverId: string): Promise<string>;
  /** Ends everything and leaves the host as it was. */
  close(): Promise<void>;
}
