/** The lab's cloud played by doubles of its APIs. */
import type { Logger } from "pino";
import { cacheDirectory } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { type Cloud, createCloud } from "../cloud/cloud.ts";
import { serverStatus } from "../cloud/nova/lifecycle.ts";
import type { CloudView } from "../cloud/state.ts";
import { createHypervisor } from "../host/createHypervisor.ts";
import type { LabSecrets } from "../keys.ts";
import { type LabSettings, labFiles, REGION } from "../settings.ts";
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
    ports: state.ports.map(({ id, networkId }) => ({
      id,
      networkId,
      serverId: state.servers.find(({ portIds }) => portIds.includes(id))?.id,
    })),
    networks: state.networks.map(({ id, name, external }) => ({ id, name, external })),
    floatingIps: state.floatingIps.map(({ address, association }) => ({
      address,
      fixedAddress: association?.fixedIp ?? null,
    })),
  };
}

function addressesOf({ portIds }: CloudView["servers"][number], { ports }: CloudView): string[] {
  const cards = ports.filter((port) => portIds.includes(port.id));
  return cards.flatMap(({ fixedIps }) => fixedIps.map(({ ipAddress }) => ipAddress));
}
