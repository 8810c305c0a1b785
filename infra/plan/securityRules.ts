/** What may reach a node: SSH from the operators, the other members' agents, the services configured, nothing else. */
import { compareNames } from "../values/names.ts";

/** The other side of a rule: a network, or whoever is in the same security group. */
export type RemoteSide = { readonly kind: "cidr"; readonly cidr: string } | { readonly kind: "members" };

/** One rule of the cluster's security group. */
export interface SecurityRule {
  /** Says what the rule lets through, and is unique by that: a changed rule is a new one beside the old, never a gap. */
  readonly name: string;
  readonly direction: "ingress" | "egress";
  /** As Neutron spells it; absent: any. */
  readonly protocol?: "tcp" | "udp" | "icmp" | "vrrp";
  readonly ports?: { readonly min: number; readonly max: number };
  readonly remote: RemoteSide;
}

/** A service behind the VIPs that the world, or a part of it, may reach. */
export interface OpenedService {
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port?: { readonly min: number; readonly max: number } | undefined;
  readonly from: readonly string[];
}

/** What of the agents may be reached beside their protocol. */
export interface AgentPorts {
  /** TCP, from the other members; absent: there is no peer link. */
  readonly peerLinkPort?: number;
  /** Absent: they are served nowhere. */
  readonly metrics?: { readonly port: number; readonly allowFrom: readonly string[] };
}

const SSH = { min: 22, max: 22 } as const;

/**
 * IP protocol 112 by its name, VRRP's and CARP's. Neutron stores what was sent and the provider compares text, so one spelling is kept to;
 * a real Neutron echoed this one (reference/openstack-traffic).
 */
const VRRP = "vrrp";

/**
 * The rules of the cluster's group, sorted by name.
 *
 * The cloud's default rules are removed and the way out is written down, so that what passes is what is on the page.
 * Members are meant by group, not by address: a node that is added is let in without touching the others.
 */
export function securityRules(
  ssh: readonly string[],
  services: readonly OpenedService[],
  agents: AgentPorts = {},
): readonly SecurityRule[] {
  const rules: readonly SecurityRule[] = [
    { name: "egress", direction: "egress", remote: { kind: "cidr", cidr: "0.0.0.0/0" } },
    { name: "vrrp", direction: "ingress", protocol: VRRP, remote: { kind: "members" } },
    ...ssh.map((cidr) => ingress("ssh", "tcp", SSH, cidr)),
    ...agentRules(agents),
    ...services.flatMap(({ protocol, port, from }) =>
      from.map((cidr) => ingress(serviceName(protocol, port), protocol, port, cidr)),
    ),
  ];
  return withoutRepeats(rules).sort((a, b) => compareNames(a.name, b.name));
}

/** Of rules that let the same through the first: to Neutron they are one, and the second is a conflict (409). */
function withoutRepeats(rules: readonly SecurityRule[]): SecurityRule[] {
  const unique = new Map<string, SecurityRule>();
  for (const rule of rules) {
    const { direction, protocol, ports, remote } = rule;
    const key = JSON.stringify([direction, protocol, ports, remote]);
    if (!unique.has(key)) unique.set(key, rule);
  }
  return [...unique.values()];
}

function agentRules({ peerLinkPort, metrics }: AgentPorts): readonly SecurityRule[] {
  const peerLink: readonly SecurityRule[] =
    peerLinkPort === undefined
      ? []
      : [
          {
            name: `peer-link-${peerLinkPort}`,
            direction: "ingress",
            protocol: "tcp",
            ports: { min: peerLinkPort, max: peerLinkPort },
            remote: { kind: "members" },
          },
        ];
  if (metrics === undefined) return peerLink;
  const { port, allowFrom } = metrics;
  return [...peerLink, ...allowFrom.map((cidr) => ingress(`metrics-${port}`, "tcp", { min: port, max: port }, cidr))];
}

function ingress(
  what: string,
  protocol: OpenedService["protocol"],
  ports: OpenedService["port"],
  cidr: string,
): SecurityRule {
  return {
    name: `${what}-from-${cidr.replace("/", "-")}`,
    direction: "ingress",
    protocol,
    ...(ports === undefined ? {} : { ports }),
    remote: { kind: "cidr", cidr },
  };
}

function serviceName(protocol: OpenedService["protocol"], ports: OpenedService["port"]): string {
  if (ports === undefined) return protocol;
  return ports.min === ports.max ? `${protocol}-${ports.min}` : `${protocol}-${ports.min}-${ports.max}`;
}
