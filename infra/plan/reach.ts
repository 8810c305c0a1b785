/** By which ways a cluster is reached, and which parts of the network that needs. */
import type { PublicConfig } from "../schema/publicSchema.ts";

/** How the nodes are managed. */
export type Management = "floatingIp" | "private" | "public";

/** As much of a configuration as says how it is reached; a draft will do. */
export interface Reached {
  readonly via: Management | undefined;
  readonly publics: readonly (PublicConfig | undefined)[];
}

/** Whether the nodes have ports on the external network: a failover IP is routed to such a port alone. */
export function hasPublicPorts({ publics }: Pick<Reached, "publics">): boolean {
  return publics.some((one) => one?.failoverIp !== undefined);
}

/** By their public addresses where the nodes have such, else by a floating IP each, unless the stack says otherwise. */
export function managementOf(reached: Reached): Management {
  return reached.via ?? (hasPublicPorts(reached) ? "public" : "floatingIp");
}

/**
 * Whether the private network has a router. With ports of their own on the external network the nodes need none: theirs is
 * the default route, and the private network carries what the agents say to each other.
 */
export function needsRouter(reached: Reached): boolean {
  if (managementOf(reached) === "floatingIp") return true;
  return !hasPublicPorts(reached) || reached.publics.some((one) => one?.floatingIp !== undefined);
}
