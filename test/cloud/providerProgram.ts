/** A program with one of each resource that the product uses, and knobs for what is changed or replaced. */
import * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import { PUBLIC_KEY } from "./publicKey.ts";

export interface Variant {
  readonly description: string;
  readonly tags: readonly string[];
  readonly nameservers: readonly string[];
  readonly allowedAddresses: readonly string[];
  /** The port that the floating IP leads to. */
  readonly floatingTo: "vip" | "edge-1";
  readonly serverSuffix: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly flavorName: string;
  readonly imageName: string;
  readonly spareCidr: string;
  readonly macAddress: string;
  readonly keyName: string;
  readonly sshFrom: string;
}

/** Declares everything; the outputs are what the tests look up. */
export function declareRegion(variant: Variant): () => Promise<Record<string, unknown>> {
  return () => {
    const { description } = variant;
    const tags = [...variant.tags];
    const external = openstack.networking.getNetworkOutput({ external: true });
    const network = new openstack.networking.Network("edge", { name: "edge", description, tags, mtu: 1400 });
    const subnet = new openstack.networking.Subnet("edge", {
      name: "edge",
      description,
      networkId: network.id,
      cidr: "10.25.0.0/24",
      allocationPools: [{ start: "10.25.0.200", end: "10.25.0.250" }],
      enableDhcp: false,
      dnsNameservers: [...variant.nameservers],
    });
    const router = new openstack.networking.Router("edge", {
      name: "edge",
      description,
      externalNetworkId: external.id,
      tags,
    });
    const routerInterface = new openstack.networking.RouterInterface("edge", {
      routerId: router.id,
      subnetId: subnet.id,
    });
    const group = declareGroup(variant);
    const vip = new openstack.networking.Port("vip", {
      name: "vip",
      description,
      networkId: network.id,
      fixedIps: [{ subnetId: subnet.id, ipAddress: "10.25.0.10" }],
      noSecurityGroups: true,
      tags,
    });
    const ports = [11, 12].map(
      (last, index) =>
        new openstack.networking.Port(`edge-${index + 1}`, {
          name: `edge-${index + 1}`,
          networkId: network.id,
          fixedIps: [{ subnetId: subnet.id, ipAddress: `10.25.0.${last}` }],
          securityGroupIds: [group.id],
          allowedAddressPairs: variant.allowedAddresses.map((ipAddress) => ({ ipAddress })),
        }),
    );
    const floatingIp = new openstack.networking.FloatingIp("vip", { pool: "Ext-Net", description });
    const association = new openstack.networking.FloatingIpAssociate(
      "vip",
      { floatingIp: floatingIp.address, portId: (variant.floatingTo === "vip" ? vip : ports[0])?.id ?? "" },
      { dependsOn: [routerInterface] },
    );
    const moved = new openstack.networking.FloatingIp(
      "moved",
      { pool: "Ext-Net", description: "moved by agents" },
      { ignoreChanges: ["portId", "fixedIp"], dependsOn: [routerInterface] },
    );
    const { servers, attachment } = declareServers(variant, ports);
    return Promise.resolve({
      networkId: network.id,
      vipPortId: vip.id,
      edgePortId: ports[0]?.id,
      serverIds: servers.map((server) => server.id),
      serverAddresses: servers.map((server) => server.accessIpV4),
      floatingAddress: association.floatingIp,
      movedId: moved.id,
      otherPortId: ports[1]?.id,
      attachedPortId: attachment.portId,
      found: lookUps(network.id, subnet.id, vip.id),
    });
  };
}

function declareGroup(variant: Variant): openstack.networking.SecGroup {
  const group = new openstack.networking.SecGroup("edge", { name: "edge", description: variant.description });
  const securityGroupId = group.id;
  new openstack.networking.SecGroupRule("vrrp", {
    direction: "ingress",
    ethertype: "IPv4",
    protocol: "vrrp",
    remoteGroupId: group.id,
    securityGroupId,
  });
  new openstack.networking.SecGroupRule("ssh", {
    direction: "ingress",
    ethertype: "IPv4",
    protocol: "tcp",
    portRangeMin: 22,
    portRangeMax: 22,
    remoteIpPrefix: variant.sshFrom,
    securityGroupId,
  });
  return group;
}

/** Two servers apart from each other, the first with a second card on a network of its own. */
function declareServers(variant: Variant, ports: readonly openstack.networking.Port[]) {
  const keypair = new openstack.compute.Keypair(variant.keyName, { name: variant.keyName, publicKey: PUBLIC_KEY });
  const serverGroup = new openstack.compute.ServerGroup("edge", { name: "edge", policies: ["anti-affinity"] });
  const image = openstack.images.getImageOutput({ name: variant.imageName });
  const servers = ports.map(
    (port, index) =>
      new openstack.compute.Instance(
        `edge-${index + 1}`,
        {
          name: `edge-${index + 1}${variant.serverSuffix}`,
          imageId: image.id,
          flavorName: variant.flavorName,
          keyPair: keypair.name,
          networks: [{ port: port.id }],
          userData: "#cloud-config\n",
          configDrive: true,
          metadata: { ...variant.metadata },
          schedulerHints: [{ group: serverGroup.id }],
          tags: [...variant.tags],
        },
        { deleteBeforeReplace: true },
      ),
  );
  const spare = new openstack.networking.Network("spare", { name: "spare" });
  const spareSubnet = new openstack.networking.Subnet("spare", {
    networkId: spare.id,
    cidr: variant.spareCidr,
    noGateway: true,
  });
  const card = new openstack.networking.Port("card", {
    networkId: spare.id,
    fixedIps: [{ subnetId: spareSubnet.id }],
  });
  new openstack.networking.Port("bare", {
    networkId: spare.id,
    macAddress: variant.macAddress,
    portSecurityEnabled: false,
    noSecurityGroups: true,
    fixedIps: [{ subnetId: spareSubnet.id }],
  });
  const attachment = new openstack.compute.InterfaceAttach(
    "card",
    { instanceId: servers[0]?.id ?? "", portId: card.id },
    { deleteBeforeReplace: true },
  );
  return { servers, attachment };
}

/** What the data sources find of it. */
function lookUps(networkId: pulumi.Output<string>, subnetId: pulumi.Output<string>, portId: pulumi.Output<string>) {
  return {
    network: openstack.networking.getNetworkOutput({ networkId }).name,
    subnet: openstack.networking.getSubnetOutput({ subnetId }).cidr,
    port: openstack.networking.getPortOutput({ portId }).allFixedIps,
    flavor: openstack.compute.getFlavorOutput({ name: "edge.small" }).vcpus,
  };
}
