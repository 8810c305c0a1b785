/** Where a server is on the external network: what OVH calls its public interface. */
import { type CloudView, findById, type Server, type View } from "../../state/state.ts";

/** The port of an instance on the external network, with its address. */
export function externalAddress(
  state: CloudView,
  { portIds }: View<Server>,
): { readonly portId: string; readonly address: string } | undefined {
  const external = new Set(state.networks.filter((network) => network.external).map(({ id }) => id));
  for (const portId of portIds) {
    const port = findById(state.ports, portId);
    const [fixed] = port?.fixedIps ?? [];
    if (port !== undefined && fixed !== undefined && external.has(port.networkId)) {
      return { portId, address: fixed.ipAddress };
    }
  }
  return undefined;
}
