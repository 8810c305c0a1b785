/** The lab's daemon: the hypervisor, the cloud and the control socket of one lab, until it is told to stop. */
import { rm, writeFile } from "node:fs/promises";
import { pino } from "pino";
import { cacheDirectory } from "../toolchain/places.ts";
import { createProgress } from "../toolchain/progress.ts";
import { reportAndExit } from "../toolchain/userError.ts";
import { openDoorway } from "./apiDoorway.ts";
import { createCloud } from "./cloud/cloud.ts";
import { cloudControlOf } from "./cloudControl.ts";
import { serveControl } from "./control/server.ts";
import { createHypervisor } from "./host/createHypervisor.ts";
import { ensureSecrets } from "./keys.ts";
import { controlOf } from "./region.ts";
import { type LabSettings, labFiles, labSettings, REGION } from "./settings.ts";

async function openLab(settings: LabSettings): Promise<() => Promise<void>> {
  const files = labFiles(settings);
  const { password, projectId, ovh, sshPublicKey } = await ensureSecrets(settings);
  const hypervisor = await createHypervisor({
    name: settings.name,
    stateDir: files.hostState,
    cacheDir: cacheDirectory(),
    client: REGION.client,
    bastion: { port: settings.bastionPort, authorizedKey: sshPublicKey },
    progress: createProgress(),
  });
  const cloud = await createCloud({
    port: settings.apiPort,
    stateFile: files.cloudState,
    hypervisor,
    credentials: { userName: REGION.userName, password, projectName: REGION.projectName },
    images: REGION.images,
    flavors: REGION.flavors,
    externalNetwork: REGION.externalNetwork,
    computeHosts: REGION.computeHosts,
    projectId,
    ovh: { ...REGION.ovh, operator: ovh },
    logger: pino({ name: settings.name }),
  });
  await cloud.listen();
  // Servers and the client host reach the APIs at the client host's address.
  const doorway = await openDoorway(cloud, hypervisor.client, settings.apiPort);
  await writeFile(files.bastionHostKeyPublic, `${hypervisor.bastion.hostKey}\n`);
  const control = await serveControl(
    files.controlSocket,
    controlOf({ settings, cloud, hypervisor, password, startedAt: new Date() }),
    cloudControlOf(cloud, doorway),
  );
  return async () => {
    await control.close();
    await doorway.setOpen(false);
    await cloud.close();
    await hypervisor.close();
  };
}

async function main(): Promise<void> {
  const settings = labSettings(process.argv[2] ?? "local");
  const { pid } = labFiles(settings);
  await writeFile(pid, `${process.pid}\n`);
  const closeLab = await openLab(settings);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
  await closeLab();
  await rm(pid, { force: true });
  process.exit(0);
}

await reportAndExit(main);
