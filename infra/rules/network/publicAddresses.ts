/** Rules of public addresses: one way each, one VIP each, and what that way needs. */
import { hasPublicPorts, managementOf } from "../../plan/reach.ts";
import { keyName } from "../../schema/explain.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import type { PublicConfig } from "../../schema/publicSchema.ts";
import type { Draft } from "../../stackFile/shape.ts";

const WAYS = ["failoverIp", "floatingIp", "routed"] as const;

/** What is said of each VIP's public address, and of all of them together. */
export function publicAddressRules(draft: Draft): readonly Problem[] {
  const publics = [...draft.vips].flatMap(([vip, { public: reached }]) =>
    reached === undefined ? [] : [{ vip, reached }],
  );
  const wayless = publics.flatMap(({ vip, reached }) => oneWay(vip, reached));
  // How the nodes are reached follows from all VIPs together.
  const isTold = draft.isWhole("vips", "ssh") && wayless.length === 0;
  return [
    ...wayless,
    ...publics.flatMap(({ vip, reached }) => [...movedByAgents(vip, reached), ...needs(vip, reached, draft)]),
    ...(isTold ? [...publicManagement(draft, publics), ...oneFloatingIpAnAddress(draft, publics)] : []),
  ];
}

function oneWay(vip: string, reached: PublicConfig): readonly Problem[] {
  const ways = WAYS.filter((way) => reached[way] !== undefined);
  if (ways.length === 1) return [];
  const key = keyName(["vips", vip, "public"]);
  const remedy = "write one of failoverIp, floatingIp and routed";
  if (ways.length === 0) return [{ key, why: "says no way to the VIP", remedy }];
  return [{ key, why: `has ${ways.join(" and ")}: a VIP has one public address`, remedy }];
}

/** Only what the agents move can be taken back, or be given up with its API. */
function movedByAgents(vip: string, { failoverIp, floatingIp, ...settings }: PublicConfig): readonly Problem[] {
  if (failoverIp !== undefined || floatingIp?.move === "agent") return [];
  if (floatingIp === undefined && settings.routed === undefined) return [];
  return (["takeBackAfter", "onWitnessLoss"] as const)
    .filter((name) => settings[name] !== undefined)
    .map((name) => ({
      key: keyName(["vips", vip, "public", name]),
      value: showValue(settings[name]),
      why: "is about an address that the agents move through an API, and this one they do not",
      remedy: "remove it",
    }));
}

function needs(vip: string, reached: PublicConfig, { network, ovh, openstack, isWhole }: Draft): readonly Problem[] {
  if (reached.failoverIp !== undefined) {
    // What is written and not well-formed has a problem of its own.
    if (!isWhole("ovh")) return [];
    const missing = (["project", "credentials"] as const).filter((name) => ovh?.[name] === undefined);
    const reason = `VIP "${vip}" has a failover IP, which the agents move through OVH's API`;
    if (missing.length === 2) {
      return [{ key: keyName(["ovh"]), why: `is missing, and ${reason}`, remedy: "write { project, credentials }" }];
    }
    return missing.map((name) => ({
      key: keyName(["ovh", name]),
      why: `is missing, and ${reason}`,
      remedy:
        name === "project"
          ? "write the project's id, or openstack:tenantId"
          : "write create, or credentials of the agents' own",
    }));
  }
  if (reached.floatingIp?.move === "agent" && openstack === undefined && isWhole("openstack")) {
    const why = `is missing, and the agents move the floating IP of VIP "${vip}" through OpenStack's API`;
    const remedy = "write { applicationCredential: { id, secret } }, or move: port";
    return [{ key: keyName(["openstack"]), why, remedy }];
  }
  if (reached.routed !== undefined && network !== undefined && network.vlan !== 0) {
    const key = keyName(["network", "vlan"]);
    const why = `is not 0, where alone a block that is routed into the vRack can be, as VIP "${vip}" has it`;
    const value = network.vlan === undefined ? {} : { value: showValue(network.vlan) };
    return [{ key, ...value, why, remedy: "write vlan: 0" }];
  }
  return [];
}

/** Neutron has one floating IP for a fixed address, and agents lead one to their node's only. */
function oneFloatingIpAnAddress(
  { ssh }: Draft,
  publics: readonly { readonly vip: string; readonly reached: PublicConfig }[],
): readonly Problem[] {
  const [first, ...others] = publics.filter(({ reached }) => reached.floatingIp?.move === "agent");
  if (first === undefined) return [];
  const problem = (vip: string, taken: string, remedy: string): Problem => ({
    key: keyName(["vips", vip, "public", "floatingIp", "move"]),
    value: showValue("agent"),
    why: `leads to the nodes' own addresses, and ${taken}: OpenStack has one floating IP for an address`,
    remedy,
  });
  const management = managementOf({ via: ssh?.via, publics: publics.map(({ reached }) => reached) });
  return [
    ...(ssh !== undefined && management === "floatingIp"
      ? [
          problem(
            first.vip,
            "so do those that SSH goes by",
            "write ssh.via: private, through a bastion or a VPN, or move: port",
          ),
        ]
      : []),
    ...others.map(({ vip }) => problem(vip, `so does that of VIP "${first.vip}"`, "write move: port")),
  ];
}

function publicManagement({ ssh }: Draft, publics: readonly { readonly reached: PublicConfig }[]): readonly Problem[] {
  if (ssh?.via !== "public" || hasPublicPorts({ publics: publics.map(({ reached }) => reached) })) return [];
  const why = "needs ports on the external network, which nodes have where a VIP has a failover IP";
  return [{ key: keyName(["ssh", "via"]), value: showValue(ssh.via), why, remedy: "write floatingIp or private" }];
}
