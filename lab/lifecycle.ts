/** Brings a lab up and takes it down: prepares the host, starts the daemon in the background, ends it and cleans up. */
import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory, TYPESCRIPT_LOADER } from "../toolchain/places.ts";
import type { Progress } from "../toolchain/progress.ts";
import { UserError } from "../toolchain/userError.ts";
import type { LabStatus } from "./control/api.ts";
import { connectToLab, isLabUp } from "./control/client.ts";
import { lastDetail } from "./control/startDetail.ts";
import { waitFor } from "./drills/clock.ts";
import { ensureBaseImage } from "./host/machine/baseImage.ts";
import { ensureHostPackages } from "./host/packages.ts";
import { sweep } from "./host/sweep.ts";
import { ensureOpenstackPackages } from "./openstack/settings/packages.ts";
import { requireFreePorts, requireRootOnLinux } from "./preconditions.ts";
import { ensureSecrets } from "./settings/keys.ts";
import { type LabSettings, labFiles } from "./settings/settings.ts";

const START_DEADLINE_MS = { doubles: 120_000, openstack: 540_000 } as const;
const STOP_DEADLINE_MS = 60_000;
const DAEMON = join(import.meta.dirname, "daemon", "main.ts");

/** @throws UserError when this host cannot have the lab: before anything is installed, built or made */
export async function requireHostFor(settings: LabSettings): Promise<void> {
  requireRootOnLinux();
  if (await isLabUp(labFiles(settings).controlSocket)) return;
  await requireFreePorts([
    { port: settings.apiPort, use: "the cloud's APIs" },
    { port: settings.bastionPort, use: "the bastion" },
  ]);
}

/** Brings the lab up; says nothing and returns at once when it is up already. */
export async function labUp(settings: LabSettings, progress: Progress): Promise<LabStatus> {
  await requireHostFor(settings);
  const files = labFiles(settings);
  const lab = connectToLab(files.controlSocket);
  if (await isLabUp(files.controlSocket)) return lab.status();
  if (settings.cloud === "openstack") await ensureOpenstackPackages(progress);
  await ensureHostPackages(progress);
  await ensureBaseImage(cacheDirectory(), progress);
  await ensureSecrets(settings);
  return progress.step(`lab ${settings.name}`, async (detail) => {
    await sweep(settings.name);
    await startDaemon(settings, detail);
    return lab.status();
  });
}

/**
 * Takes the lab down and leaves the host as it was found. The region's state and the servers' disks stay in the
 * lab's folder, so that `up` brings the same region back; `purge` forgets them.
 */
export async function labDown(
  settings: LabSettings,
  progress: Progress,
  options: { readonly purge: boolean },
): Promise<void> {
  requireRootOnLinux();
  const files = labFiles(settings);
  await progress.step(`taking lab ${settings.name} down`, async () => {
    await stopDaemon(files.pid);
    await sweep(settings.name);
    if (options.purge) await rm(settings.directory, { recursive: true, force: true });
  });
}

async function startDaemon(settings: LabSettings, detail: (text: string) => void): Promise<void> {
  const files = labFiles(settings);
  const log = await open(files.log, "w", 0o600);
  const daemon = spawn(process.execPath, ["--import", TYPESCRIPT_LOADER, DAEMON, settings.lab, settings.cloud], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  daemon.unref();
  const isUp = async (): Promise<true | undefined> => {
    if (hasEnded(daemon)) throw new Error("ended");
    const said = lastDetail(await readFile(files.log, "utf8"));
    if (said !== undefined) detail(said);
    return (await isLabUp(files.controlSocket)) || undefined;
  };
  try {
    await waitFor(isUp, START_DEADLINE_MS[settings.cloud], 50, () => new Error("did not answer in time"));
  } catch {
    daemon.kill("SIGTERM");
    await sweep(settings.name);
    throw new UserError(`the lab did not start: ${await lastLines(files.log)}`, `the whole story is in ${files.log}`);
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function lastLines(path: string): Promise<string> {
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  return lines.slice(-3).join(" | ");
}

/** Ends the daemon by its pid, after making sure that the pid is still the daemon's. */
async function stopDaemon(pidFile: string): Promise<void> {
  const pid = await readPid(pidFile);
  if (pid === undefined) return;
  process.kill(pid, "SIGTERM");
  await waitFor(
    async () => ((await readPid(pidFile)) === undefined ? true : undefined),
    STOP_DEADLINE_MS,
    50,
    () => new Error(`daemon ${pid} did not stop`),
  ).catch(() => {
    process.kill(pid, "SIGKILL");
  });
}

async function readPid(pidFile: string): Promise<number | undefined> {
  try {
    const pid = Number((await readFile(pidFile, "utf8")).trim());
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
    return commandLine.includes(DAEMON) ? pid : undefined;
  } catch {
    // No pid file, or no such process: nothing runs.
    return undefined;
  }
}
