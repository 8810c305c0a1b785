/** Rules of ports: what the house keeps for itself has one owner each, and no service opens it to others. */
import { PEER_LINK_PORT } from "../../agent/config/schema/peerLink.ts";
import { type KeyPath, keyName } from "../schema/explain.ts";
import type { PortRange } from "../schema/fields.ts";
import { type Problem, showValue } from "../schema/problem.ts";
import type { ServiceConfig } from "../schema/schema.ts";
import type { Draft } from "../stackFile/shape.ts";

/** A TCP port that only some may reach, and the key that says who. */
interface OwnPort {
  readonly port: number;
  readonly owner: string;
  readonly at: KeyPath;
  /** Who may reach it, and how that is said. */
  readonly access: string;
}

const SSH: OwnPort = {
  port: 22,
  owner: "SSH",
  at: ["ssh"],
  access: "ssh.allowFrom says who may use it",
};

/** SSH's, the peer link's and the metrics', as far as they are there. */
function ownPorts({ peerLink, metrics }: Draft): readonly OwnPort[] {
  const members = "only the members may reach it";
  const readers = "metrics.allowFrom says who may read them";
  return [
    SSH,
    ...(peerLink?.enabled === true
      ? [
          {
            port: peerLink.port ?? PEER_LINK_PORT,
            owner: "the peer link",
            at: ["peerLink", "port"],
            access: members,
          },
        ]
      : []),
    ...(metrics === undefined
      ? []
      : [{ port: metrics.port, owner: "the metrics", at: ["metrics", "port"], access: readers }]),
  ];
}

/** The agents' ports differ from each other and from SSH's: a rule for the one would open the other. */
export function portRules(draft: Draft): readonly Problem[] {
  return ownPorts(draft).flatMap(({ port, at }, index, all) => {
    const owner = all.slice(0, index).find((other) => other.port === port)?.owner;
    if (owner === undefined) return [];
    const remedy = "write another port from 1 to 65535, or leave the key out";
    return [{ key: keyName(at), value: showValue(port), why: `is the port of ${owner}`, remedy }];
  });
}

/** A service has ports where its protocol has, and none of them is one that another key guards. */
export function serviceRules(draft: Draft): readonly Problem[] {
  const own = ownPorts(draft);
  return draft.services.flatMap((service, index) => {
    const problem = portProblem(service, own);
    return problem === undefined ? [] : [{ key: keyName(["services", index, "port"]), ...problem }];
  });
}

function portProblem({ protocol, port }: ServiceConfig, own: readonly OwnPort[]): Omit<Problem, "key"> | undefined {
  if (protocol === "icmp") {
    return port && { value: shownPorts(port), why: "is given, and ICMP has no ports", remedy: "remove it" };
  }
  if (port === undefined) {
    const remedy = 'write a port such as 80, or a range such as "8000-8010"';
    return { why: "is missing: it would open every port", remedy };
  }
  if (protocol === "udp") return undefined;
  const guarded = own.find((one) => port.min <= one.port && one.port <= port.max);
  if (guarded === undefined) return undefined;
  const verb = port.min === port.max ? "is" : `holds ${guarded.port},`;
  return {
    value: shownPorts(port),
    why: `${verb} the port of ${guarded.owner}: ${guarded.access}`,
    remedy: port.min === port.max ? "write the service's own port" : "write ranges that leave it out",
  };
}

function shownPorts({ min, max }: PortRange): string {
  return min === max ? String(min) : showValue(`${min}-${max}`);
}
