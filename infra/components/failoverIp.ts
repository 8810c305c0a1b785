/** A failover IP (Additional IP) of a Public Cloud project: looked at, and never owned. */
import * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import { isElsewhere, unableFlavor } from "../plan/failoverIpFit.ts";
import type { SecretTexts } from "../values/secretTexts.ts";

/** Where a failover IP is to be of use. */
export interface FailoverIpSite {
  readonly project: string;
  /** The region that the nodes are in; undefined: it is not looked whether the address can go there. */
  readonly region: string | undefined;
  /** Of the nodes that may have it, each once. */
  readonly flavors: readonly string[];
  /** What no message may show. */
  readonly secretTexts: SecretTexts;
}

/**
 * The address, once it is known to be one of the project's, and one that its nodes can have.
 *
 * Where it is routed to is the agents' business from the first moment: the first master takes it. The provider has a resource for that, too,
 * but its `routedTo` would be changed back by a `refresh` and an `up`, away from the master of the hour.
 */
export function failoverIpOf(address: string, site: FailoverIpSite, parent: pulumi.Resource): pulumi.Output<string> {
  const checked = async (): Promise<string> => {
    const { ip, continentCode } = await lookUp(address, site, parent);
    await Promise.all([
      requireCapableFlavors(address, site, parent),
      adviseOnRegion(address, continentCode, site, parent),
    ]);
    return ip;
  };
  return pulumi.output(checked());
}

async function lookUp(
  address: string,
  { project, secretTexts }: FailoverIpSite,
  parent: pulumi.Resource,
): Promise<{ readonly ip: string; readonly continentCode: string }> {
  try {
    return await ovh.cloudproject.getFailoverIpAttach({ serviceName: project, ip: address }, { parent });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message =
      `failover IP ${address} cannot be looked up in project ${project}: ${why}\n` +
      `If it is not in the project yet, move it there once: POST /ip/${address}%2F32/move {"to": "${project}"} ` +
      `at https://api.ovh.com/console, or in the control panel under Public IP.`;
    throw new pulumi.RunError(secretTexts.redact(message));
  }
}

/** OVH would refuse each attach to a machine of such a flavor. */
async function requireCapableFlavors(
  address: string,
  { project, region, flavors, secretTexts }: FailoverIpSite,
  parent: pulumi.Resource,
): Promise<void> {
  const args = { serviceName: project, ...(region === undefined ? {} : { region }) };
  const known = await ovh.cloudproject.getFlavors(args, { parent });
  const unable = unableFlavor(flavors, known.flavors);
  if (unable === undefined) return;
  const message =
    `flavor ${unable} cannot have a failover IP, so nodes of it can never hold ${address}: use another flavor, ` +
    `or public: { routed } or { floatingIp }.`;
  throw new pulumi.RunError(secretTexts.redact(message));
}

/** Only OVH knows for certain where an address can go, so this is a warning. */
async function adviseOnRegion(
  address: string,
  continentCode: string,
  { project, region, secretTexts }: FailoverIpSite,
  parent: pulumi.Resource,
): Promise<void> {
  if (region === undefined) return;
  const there = await ovh.cloudproject.getRegion({ serviceName: project, name: region }, { parent });
  if (!isElsewhere(continentCode, there.continentCode)) return;
  const message =
    `failover IP ${address} is of ${continentCode}, and region ${region} of ${there.continentCode}: ` +
    `OVH routes an address within its own part of the world, so an attach may be refused.`;
  await pulumi.log.warn(secretTexts.redact(message), parent);
}
