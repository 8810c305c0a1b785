/**
 * The namespaces of a real OpenStack on this host, and the cables between them:
 *
 *     client host ──── ext0 ┌────────┐            ┌────────┐
 *     203.0.113.2           │ host-1 │            │ host-2 │    tenants' networks are vxlan between the hosts
 *                           └───┬────┘            └───┬────┘
 *                      .1 under0│                     │under0 .2
 *                           ┌───┴─────────────────────┴───┐
 *                           │ control: bridge "under" .254 │    172.31.99.0/24, services and their message queue
 *                           └─────────────────────────────┘
 *
 * The first host is the network node too, with the routers. Nothing of it is in the machine's own network.
 */
import { runCommand } from "../../../toolchain/command.ts";
import type { ClientAddress } from "../../host/client/clientHost.ts";
import { CLIENT_DEVICE, type HostNames } from "../../host/names.ts";
import { addNamespace, inNamespace, ipBatch, setParameters } from "../../host/namespace.ts";

/** What the hosts carry tenants' packets over, and where they find the control services. IPv4. */
export const UNDERLAY = { prefix: "172.31.99", prefixLength: 24, device: "under0", bridge: "under" } as const;

/** The network node's device on the external network. */
export const EXTERNAL_DEVICE = "ext0";

/** The underlay's MTU leaves room for vxlan's 50 bytes around packets of 1500. */
const UNDERLAY_MTU = 1550;

/** A host's address on the underlay; hosts count from 1. */
export const hostAddress = (number: number): string => `${UNDERLAY.prefix}.${number}`;
/** Where the control services are found on the underlay. */
export const CONTROL_ADDRESS = `${UNDERLAY.prefix}.254`;

/** Makes all of them, with so many hosts, and the client host's cable plugged in. */
export async function makeNetworks(names: HostNames, hostCount: number, client: ClientAddress): Promise<void> {
  const hosts = Array.from({ length: hostCount }, (_, index) => index + 1);
  for (const namespace of [names.control, names.client, ...hosts.map((number) => names.computeHost(number))])
    await addNamespace(namespace);
  const { prefixLength, device, bridge } = UNDERLAY;
  await ipBatch(names.control, [
    `link add ${bridge} mtu ${UNDERLAY_MTU} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `addr add ${CONTROL_ADDRESS}/${prefixLength} dev ${bridge}`,
    `link set ${bridge} up`,
    ...hosts.flatMap((number) => [
      `link add host${number} mtu ${UNDERLAY_MTU} type veth peer name ${device} netns ${names.computeHost(number)} mtu ${UNDERLAY_MTU}`,
      `link set host${number} master ${bridge} up`,
    ]),
  ]);
  for (const number of hosts) {
    const namespace = names.computeHost(number);
    await ipBatch(namespace, [
      `addr add ${hostAddress(number)}/${prefixLength} dev ${device}`,
      `link set ${device} up`,
    ]);
    await filterBridged(namespace);
  }
  await ipBatch(names.client, [
    `link add ${CLIENT_DEVICE} type veth peer name ${EXTERNAL_DEVICE} netns ${names.computeHost(1)}`,
    `addr add ${client.address}/${client.prefixLength} dev ${CLIENT_DEVICE}`,
    `link set ${CLIENT_DEVICE} up`,
  ]);
  await ipBatch(names.computeHost(1), [`link set ${EXTERNAL_DEVICE} up`]);
}

/** Gives every bridged packet to iptables, where Neutron's agents filter. */
async function filterBridged(namespace: string): Promise<void> {
  await runCommand(["modprobe", "br_netfilter"], { accept: "any" }).catch(() => undefined);
  await runCommand(inNamespace(namespace, ["test", "-e", "/proc/sys/net/bridge/bridge-nf-call-iptables"]));
  await setParameters(namespace, {
    "net.bridge.bridge-nf-call-iptables": 1,
    "net.bridge.bridge-nf-call-ip6tables": 1,
    "net.ipv4.ip_forward": 0,
  });
}
