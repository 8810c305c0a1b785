/** The lab's daemon: the cloud, its machines and the control socket of one lab, until it is told to stop. */
import { rm, writeFile } from "node:fs/promises";
import { pino } from "pino";
import { exitWhenWritten } from "../../toolchain/output.ts";
import { reportAndExit } from "../../toolchain/userError.ts";
import { serveControl } from "../control/server.ts";
import { ensureSecrets } from "../settings/keys.ts";
import { cloudKindNamed, type LabSettings, labFiles, labSettings } from "../settings/settings.ts";
import { openDoorway } from "./apiDoorway.ts";
import { cloudControlOf } from "./cloudControl.ts";
import { openDoubles } from "./doubles.ts";
import type { LabCloud } from "./labCloud.ts";
import { controlOf } from "./labControl.ts";
import { openRealCloud } from "./realCloud.ts";

async function openCloud(settings: LabSettings): Promise<{ readonly cloud: LabCloud; readonly password: string }> {
  const secrets = await ensureSecrets(settings);
  const logger = pino({ name: settings.name });
  const open = settings.cloud === "openstack" ? openRealCloud : openDoubles;
  return { cloud: await open(settings, secrets, logger), password: secrets.password };
}

async function openLab(settings: LabSettings): Promise<() => Promise<void>> {
  const files = labFiles(settings);
  const startedAt = new Date();
  const { cloud, password } = await openCloud(settings);
  const { client, bastion } = cloud.machines;
  // Servers and the client host reach the APIs at the client host's address.
  const doorway = await openDoorway(cloud, client, settings.apiPort);
  await writeFile(files.bastionHostKeyPublic, `${bastion.hostKey}\n`);
  const control = await serveControl(
    files.controlSocket,
    controlOf({ settings, cloud, password, startedAt }),
    cloudControlOf(cloud, doorway),
  );
  return async () => {
    await control.close();
    await doorway.setOpen(false);
    await cloud.close();
  };
}

async function main(): Promise<void> {
  const [, , lab = "local", kind = "doubles"] = process.argv;
  const settings = labSettings(lab, cloudKindNamed(kind));
  const { pid } = labFiles(settings);
  await writeFile(pid, `${process.pid}\n`);
  const closeLab = await openLab(settings);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
  await closeLab();
  await rm(pid, { force: true });
  await exitWhenWritten(0);
}

await reportAndExit(main);
