/** Debian packages that the hypervisor needs on the host: finds what is missing and installs it. */
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, runCommand } from "../../toolchain/command.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { UserError } from "../../toolchain/userError.ts";
import { bootServices, forgetAddedServices } from "./bootServices.ts";

/** A package and the file by which its presence is known: a program on the PATH, or a path. */
export interface HostPackage {
  readonly name: string;
  readonly provides: string;
}

const PACKAGES: readonly HostPackage[] = [
  { name: "mmdebstrap", provides: "mmdebstrap" },
  { name: "debian-archive-keyring", provides: "/usr/share/keyrings/debian-archive-keyring.gpg" },
  { name: "systemd-container", provides: "systemd-nspawn" },
  { name: "iproute2", provides: "ip" },
  { name: "nftables", provides: "nft" },
  { name: "conntrack", provides: "conntrack" },
  { name: "procps", provides: "sysctl" },
  { name: "util-linux", provides: "nsenter" },
];

/** Directories of system programs, also where the caller's PATH lacks the sbin ones. */
export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Another apt may hold dpkg's lock, as after the start of a cloud machine. */
const LOCK_TIMEOUT_SECONDS = 300;

/**
 * Installs what is missing of the packages, the hypervisor's own if none are named; quick and silent when nothing is.
 * @throws UserError without root, on a system without apt, or with what apt said
 */
export async function ensureHostPackages(
  progress: Progress,
  packages: readonly HostPackage[] = PACKAGES,
): Promise<void> {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  if (process.getuid?.() !== 0) {
    throw new UserError(
      `the host lacks ${names.join(", ")}`,
      `run the same command as root, or: sudo apt-get install ${names.join(" ")}`,
    );
  }
  if (!(await isOnPath("apt-get"))) {
    throw new UserError(
      `the host lacks ${missing.map(({ provides }) => provides).join(", ")}, and is no Debian or Ubuntu on which apt could install them`,
      `install them by hand (Debian's packages are called ${names.join(", ")})`,
    );
  }
  await progress.step(`installing ${names.join(", ")}`, (detail) => install(names, detail));
}

/** Those of the packages whose file is not on the host. */
export async function missingPackages(packages: readonly HostPackage[]): Promise<readonly HostPackage[]> {
  const present = await Promise.all(
    packages.map(({ provides }) => (provides.startsWith("/") ? isReadable(provides) : isOnPath(provides))),
  );
  return packages.filter((_, index) => present[index] !== true);
}

async function install(names: readonly string[], detail: (text: string) => void): Promise<void> {
  const env = {
    ...process.env,
    PATH: SYSTEM_PATH,
    DEBIAN_FRONTEND: "noninteractive",
    LC_ALL: "C.UTF-8",
    ...NO_SERVICES,
  };
  const options = ["-q", "-y", "-o", `DPkg::Lock::Timeout=${LOCK_TIMEOUT_SECONDS}`];
  const onLine = (line: string): void => {
    if (/^(Get|Unpacking|Setting up)/.test(line)) detail(line);
  };
  const before = await bootServices();
  // A third party's archive may be out of reach without any of these packages coming from it: so update may fail.
  await runCommand(["apt-get", ...options, "update"], { env, onLine, accept: "any" });
  try {
    await runCommand(["apt-get", ...options, "install", "--no-install-recommends", ...names], { env, onLine });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(
      `apt could not install ${names.join(", ")}: ${error.message}`,
      "mend what apt complains about, then try again",
      { cause: error },
    );
  } finally {
    await forgetAddedServices(before, env);
  }
}

/**
 * No package may start a service on the host, now or at its next boot. systemctl(1) ignores requests to start when it believes to be offline,
 * and invoke-rc.d(8) starts nothing in runlevel 1: said by environment, so nothing is left behind by a crash.
 */
const NO_SERVICES = { SYSTEMD_OFFLINE: "1", RUNLEVEL: "1" } as const;

async function isOnPath(program: string): Promise<boolean> {
  const found = await Promise.all(SYSTEM_PATH.split(":").map((directory) => isReadable(join(directory, program))));
  return found.includes(true);
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
