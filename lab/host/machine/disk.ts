/**
 * A server's disk: an overlay whose lower layer is the base image and whose upper layer keeps what the server wrote.
 *
 *     <stateDir>/servers/<id>/disk.json      of which image and generation the disk is
 *                             upper, work    the overlay's own
 *                             root           where it is mounted, in the machine's mount namespace alone
 *                             config-drive   what cloud-init reads, bound into the machine read-only
 *                             console.log
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { z } from "zod";
import { UserError } from "../../../toolchain/userError.ts";
import type { ServerPlan } from "../region.ts";

/** The folders of a disk that is ready to be mounted. */
export interface Disk {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  readonly root: string;
  readonly configDrive: string;
}

const label = z.object({ imageId: z.string(), generation: z.number(), lower: z.string() });

/** The folder of everything that is kept of a server. */
const serverDirectory = (stateDir: string, serverId: string): string => join(stateDir, "servers", serverId);

/** Where a server's console log is, beside its disk and gone with it. */
export const consoleLogFile = (stateDir: string, serverId: string): string =>
  join(serverDirectory(stateDir, serverId), "console.log");

/**
 * Makes a server's disk, or finds the one it had: a disk stays on the image it was made of, and is made again when the
 * plan's image or generation is another. The config drive is written every time. The machine must be off.
 */
export async function prepareDisk(stateDir: string, server: ServerPlan, image: string): Promise<Disk> {
  const directory = serverDirectory(stateDir, server.id);
  const kept = await readLabel(directory);
  const reusable = kept?.imageId === server.imageId && kept.generation === server.generation;
  const lower = reusable ? kept.lower : image;
  if (!reusable) {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  const disk: Disk = {
    lower,
    upper: join(directory, "upper"),
    work: join(directory, "work"),
    root: join(directory, "root"),
    configDrive: join(directory, "config-drive"),
  };
  for (const folder of [disk.upper, disk.work, disk.root]) await mkdir(folder, { recursive: true });
  await writeConfigDrive(disk.configDrive, server.configDrive);
  // Last, so that a disk that was not finished is not taken for one.
  const { imageId, generation } = server;
  await writeFile(
    join(directory, "disk.json"),
    JSON.stringify({ imageId, generation, lower } satisfies z.infer<typeof label>),
  );
  return disk;
}

/** Removes the disks of servers that are no longer planned. */
export async function removeOtherDisks(stateDir: string, serverIds: ReadonlySet<string>): Promise<void> {
  const directory = join(stateDir, "servers");
  await mkdir(directory, { recursive: true });
  const others = (await readdir(directory)).filter((id) => !serverIds.has(id));
  await Promise.all(others.map((id) => removeDisk(stateDir, id)));
}

/** Removes all that is kept of a server. The machine must be off. */
export const removeDisk = (stateDir: string, serverId: string): Promise<void> =>
  rm(serverDirectory(stateDir, serverId), { recursive: true, force: true });

async function readLabel(directory: string): Promise<z.infer<typeof label> | undefined> {
  try {
    return label.parse(JSON.parse(await readFile(join(directory, "disk.json"), "utf8")));
  } catch {
    // Never written, or cut short: there is no disk.
    return undefined;
  }
}

/** 0600: user data holds host keys and passwords. */
async function writeConfigDrive(directory: string, files: ServerPlan["configDrive"]): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, normalize(`/${name}`));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { mode: 0o600 });
  }
}

/** @throws UserError for a folder whose name has what overlay mounts separate folders by */
export function requireMountable(folder: string): void {
  if (/[,:\\]/.test(folder)) {
    throw new UserError(
      `servers' disks cannot be mounted from ${folder}: its name has a comma, a colon or a backslash`,
      "move the checkout, or set VIPF_CACHE, to a folder without them",
    );
  }
}
