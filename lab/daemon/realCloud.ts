/** The lab's cloud played by a real OpenStack. */
import type { Logger } from "pino";
import { cacheDirectory } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { sayDetail } from "../control/startDetail.ts";
import { hostNames } from "../host/names.ts";
import { createNovaHypervisor } from "../openstack/compute/novaHypervisor.ts";
import { openOpenstack } from "../openstack/openstack.ts";
import type { LabSecrets } from "../settings/keys.ts";
import { logIn } from "../settings/operator.ts";
import { type LabSettings, labFiles, REGION } from "../settings/settings.ts";
import type { LabCloud } from "./labCloud.ts";
import { readRegion } from "./regionReader.ts";

/** Installs nothing: the packages are there. Says in the log what it is about while it starts. */
export async function openRealCloud(settings: LabSettings, secrets: LabSecrets, logger: Logger): Promise<LabCloud> {
  const files = labFiles(settings);
  const socket = `${files.openstackState}/run/hypervisor.sock`;
  const machines = await createNovaHypervisor({
    name: settings.name,
    stateDir: files.hostState,
    cacheDir: cacheDirectory(),
    client: REGION.client,
    bastion: { port: settings.bastionPort, authorizedKey: secrets.sshPublicKey },
    progress: createProgress(),
    socket,
    computeHosts: REGION.openstackHosts,
  });
  try {
    const openstack = await openOpenstack({
      names: hostNames(settings.name),
      stateDir: files.openstackState,
      cacheDir: cacheDirectory(),
      apiPort: settings.apiPort,
      region: REGION.name,
      credentials: { userName: REGION.userName, password: secrets.password, projectName: REGION.projectName },
      images: REGION.images,
      flavors: REGION.flavors,
      externalNetwork: REGION.externalNetwork,
      computeHosts: REGION.openstackHosts,
      hypervisorSocket: socket,
      logger,
      detail: sayDetail,
    });
    return {
      authUrl: openstack.authUrl,
      machines,
      faults: openstack.faults,
      doubles: undefined,
      view: async () => readRegion(await logIn(settings.apiPort, secrets.password)),
      cardsOf: (serverId) => machines.cardsOf(serverId),
      serve: (listening) => {
        openstack.serve(listening);
      },
      close: async () => {
        await openstack.close();
        await machines.close();
      },
    };
  } catch (error) {
    await machines.close();
    throw error;
  }
}
