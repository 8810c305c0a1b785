/** The lab's cloud played by doubles of its APIs. */
import type { Logger } from "pino";
import { cacheDirectory } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { type Cloud, createCloud } from "../cloud/cloud.ts";
import { serverStatus } from "../cloud/nova/servers/lifecycle.ts";
import type { CloudView } from "../cloud/state/state.ts";
import { createHypervisor } from "../host/hypervisor/createHypervisor.ts";
import type { Card } from "../host/region.ts";
import type { LabSecrets } from "../settings/keys.ts";
import { type LabSettings, labFiles, REGION } from "../settings/settings.ts";
import type { LabCloud, RegionView } from "./labCloud.ts";

/** Opens them over a hypervisor of their own. */
export async function openDoubles(settings: LabSettings, secrets: LabSecrets, logger: Logger): Promise<LabCloud> {
  const files = labFiles(settings);
  const hypervisor = await createHypervisor({
    name: settings.name,
    stateDir: files.hostState,
    cacheDir: cacheDirectory(),
    client: REGION.client,
    bastion: { port: settings.bastionPort, authorizedKey: secrets.sshPublicKey },
    progress: createProgress(),
  });
  const cloud = await createCloud({
    port: settings.apiPort,
    stateFile: files.cloudState,
    hypervisor,
    credentials: { userName: REGION.userName, password: secrets.password, projectName: REGION.projectName },
    images: REGION.images,
    flavors: REGION.flavors,
    externalNetwork: REGION.externalNetwork,
    computeHosts: REGION.computeHosts,
    projectId: secrets.projectId,
    ovh: { ...REGION.ovh, operator: secrets.ovh },
    logger,
  });
  await cloud.listen();
  return {
    authUrl: cloud.authUrl,
    machines: hypervisor,
    faults: cloud.faults,
    doubles: cloud,
    view: () => Promise.resolve(viewOf(cloud)),
    cardsOf: (serverId) => cardsOf(cloud.snapshot(), serverId),
    serve: (socket) => {
      cloud.serve(socket);
    },
    close: async () => {
      await cloud.close();
      await hypervisor.close();
    },
  };
}

/** What doubles know, as a cloud's API would tell it. */
export function viewOf(cloud: Pick<Cloud, "snapshot">): RegionView {
  const state = cloud.snapshot();
  return {
    servers: state.servers.map((server) => ({
      id: server.id,
      name: server.name,
      status: serverStatus(server),
      addresses: addressesOf(server, state),
    })),
    networks: state.networks.map(({ id, name, external }) => ({ id, name, external })),
    floatingIps: state.floatingIps.map(({ address, association }) => ({
      address,
      fixedAddress: association?.fixedIp ?? null,
    })),
  };
}

function cardsOf({ servers, ports, networks }: CloudView, serverId: string): readonly Card[] {
  const portIds = servers.find(({ id }) => id === serverId)?.portIds ?? [];
  const external = networks.filter((network) => network.external).map(({ id }) => id);
  return ports
    .filter(({ id }) => portIds.includes(id))
    .map(({ id, networkId }) => ({ portId: id, external: external.includes(networkId) }));
}

function addressesOf({ portIds }: CloudView["servers"][number], { ports }: CloudView): string[] {
  const cards = ports.filter((port) => portIds.includes(port.id));
  return cards.flatMap(({ fixedIps }) => fixedIps.map(({ ipAddress }) => ipAddress));
}
