/** A failover IP (Additional IP) of a Public Cloud project: looked at, and never owned. */
import * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";

/**
 * The address, once it is known to be one of the project's.
 *
 * Where it is routed to is the agents' business from the first moment: the first master takes it. The provider has a resource for that, too,
 * but its `routedTo` would be changed back by a `refresh` and an `up`, away from the master of the hour.
 */
export function failoverIpOf(project: string, address: string, parent: pulumi.Resource): pulumi.Output<string> {
  return pulumi.output(lookUp(project, address, parent));
}

async function lookUp(project: string, address: string, parent: pulumi.Resource): Promise<string> {
  try {
    const { ip } = await ovh.cloudproject.getFailoverIpAttach({ serviceName: project, ip: address }, { parent });
    return ip;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new pulumi.RunError(
      `failover IP ${address} cannot be looked up in project ${project}: ${why}\n` +
        `If it is not in the project yet, move it there once: POST /ip/${address}%2F32/move {"to": "${project}"} ` +
        `at https://api.ovh.com/console, or in the control panel under Public IP.`,
    );
  }
}
