/** The folder of one OpenStack: configuration and the rest of what a life needs is made again, data are kept. */
import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ConfigurationFile, type Setting } from "./configuration/common.ts";
import { glanceConfiguration } from "./configuration/glance.ts";
import { keystoneConfiguration } from "./configuration/keystone.ts";
import { neutronConfiguration } from "./configuration/neutron.ts";
import { novaConfiguration } from "./configuration/nova.ts";
import { placementConfiguration } from "./configuration/placement.ts";
import { queueConfiguration } from "./configuration/rabbitmq.ts";
import { userId } from "./databases.ts";
import type { Places } from "./settings/places.ts";

const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;

/** Makes the folder itself, which nobody but root may enter. */
export async function ensureStateDirectory({ root }: Places): Promise<void> {
  await mkdir(root, { recursive: true, mode: PRIVATE_DIRECTORY });
  await chmod(root, PRIVATE_DIRECTORY);
}

/** Forgets what was of the last life and writes configuration; the data's folder must be there. */
export async function writeConfiguration(setting: Setting, computeDriver: string): Promise<void> {
  const { places } = setting;
  for (const folder of [places.etc, places.log, join(places.run, "lock"), join(places.run, "tmp")]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: PRIVATE_DIRECTORY });
  }
  const files: readonly ConfigurationFile[] = [
    ...keystoneConfiguration(setting),
    ...placementConfiguration(setting),
    ...glanceConfiguration(setting),
    ...neutronConfiguration(setting),
    ...novaConfiguration(setting, computeDriver),
  ];
  for (const { path, text } of files) {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY });
    await writeFile(path, text, { mode: PRIVATE_FILE });
  }
  for (const folder of ["nova/instances", "neutron", "glance/images", "glance/staging", "glance/tasks"]) {
    await mkdir(join(places.data, folder), { recursive: true, mode: PRIVATE_DIRECTORY });
  }
  await writeQueueDirectory(setting);
}

/** The queue keeps nothing: whoever waited for a message in it has ended with it. Its user must be able to read. */
async function writeQueueDirectory(setting: Setting): Promise<void> {
  const folder = setting.places.queue;
  const { uid, gid } = await userId("rabbitmq");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: PRIVATE_DIRECTORY });
  await chown(folder, uid, gid);
  for (const [name, text] of queueConfiguration(setting)) {
    await writeFile(join(folder, name), text, { mode: PRIVATE_FILE });
    await chown(join(folder, name), uid, gid);
  }
}
