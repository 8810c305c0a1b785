/** `network_data.json` of a config drive: a server's cards as cloud-init reads them (Nova's metadata format, `latest`). */
import { addressText, parseCidr } from "../../state/addresses.ts";
import { type CloudView, findById, type Server, type View } from "../../state/state.ts";

/** The file's path on the drive. */
export const NETWORK_DATA = "openstack/latest/network_data.json";

/** The file's text: one link and one network for each card, in the server's order. */
export function networkData(state: CloudView, { portIds }: View<Server>): string {
  const ports = portIds.flatMap((id) => findById(state.ports, id) ?? []);
  const links = ports.map((port) => ({
    id: linkName(port.id),
    vif_id: port.id,
    type: "bridge",
    mtu: findById(state.networks, port.networkId)?.mtu ?? null,
    ethernet_mac_address: port.macAddress,
  }));
  const networks = ports
    .flatMap((port) => port.fixedIps.map((fixed) => ({ port, fixed })))
    .map(({ port, fixed: { subnetId, ipAddress } }, index) => {
      const subnet = findById(state.subnets, subnetId);
      const gateway = subnet?.gatewayIp ?? null;
      return {
        id: `network${index}`,
        type: "ipv4",
        link: linkName(port.id),
        ip_address: ipAddress,
        netmask: netmask(subnet?.cidr ?? "0.0.0.0/32"),
        network_id: port.networkId,
        routes: gateway === null ? [] : [{ network: "0.0.0.0", netmask: "0.0.0.0", gateway }],
        services: [],
      };
    });
  return JSON.stringify({ links, networks, services: [] });
}

const linkName = (portId: string): string => `tap${portId.slice(0, 11)}`;

function netmask(cidr: string): string {
  const prefixLength = parseCidr(cidr)?.prefixLength ?? 32;
  return addressText(2 ** 32 - 2 ** (32 - prefixLength));
}
