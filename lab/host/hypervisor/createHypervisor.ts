/** Opens a hypervisor on this host: prepares the host, clears what an earlier life left, and makes an empty region. */
import { chmod, mkdir } from "node:fs/promises";
import type { Progress } from "../../../toolchain/progress.ts";
import { type Bastion, openBastion } from "../client/bastion.ts";
import { type ClientAddress, type ClientHost, createClientHost } from "../client/clientHost.ts";
import { atMost } from "../inOrder.ts";
import { ensureBaseImage } from "../machine/baseImage.ts";
import { requireMountable } from "../machine/disk.ts";
import { hostNames } from "../names.ts";
import { createFabric } from "../network/fabric.ts";
import { createRouters } from "../network/router.ts";
import { ensureHostPackages } from "../packages.ts";
import type { Hypervisor } from "../region.ts";
import { sweep } from "../sweep.ts";
import { HostHypervisor } from "./hypervisor.ts";

/** Two machines that boot at a time fill two cores; more would only make all of them late. */
export const BOOTS_AT_A_TIME = 2;

/** Where a lab is and what it is called. */
export interface HypervisorOptions {
  /** `vipf-` and letters or digits: prefix of everything on the host. Labs with different names do not meet. */
  readonly name: string;
  /** Keeps the servers' disks and the bastion's key. Made with mode 0700. */
  readonly stateDir: string;
  /** Keeps what is the same for every lab of the machine: the servers' image. */
  readonly cacheDir: string;
  /** The client host's address on the external segment. */
  readonly client: ClientAddress;
  readonly bastion: {
    /** On 127.0.0.1; 0 lets the kernel pick one. */
    readonly port: number;
    /** The one key that may use it, a line as in authorized_keys. */
    readonly authorizedKey: string;
  };
  readonly progress: Progress;
}

/** A hypervisor of this host, with the ways into its region. */
export interface LocalHypervisor extends Hypervisor {
  /** Where drills call the servers from. */
  readonly client: ClientHost;
  /** Where the operator's SSH goes through. */
  readonly bastion: Pick<Bastion, "port" | "hostKey">;
}

/**
 * Makes an empty region. Disks that an earlier life of the lab left in `stateDir` are found again by the servers of
 * the first plan; those of other servers are removed with it.
 * @throws UserError when the host lacks something, or the bastion's port is taken; nothing is left behind then
 */
export async function createHypervisor(options: HypervisorOptions): Promise<LocalHypervisor> {
  const names = hostNames(options.name);
  const { stateDir } = options;
  const image = await prepareHost(options);
  try {
    const fabric = await createFabric(names);
    const routers = createRouters(names, fabric);
    const client = await createClientHost(names, fabric, options.client);
    const bastion = await openBastion({ ...options.bastion, stateDir, client, reach: options.client });
    const close = async (): Promise<void> => {
      await bastion.close();
      await sweep(options.name);
    };
    const boots = atMost(BOOTS_AT_A_TIME);
    const hypervisor = new HostHypervisor({ names, stateDir, image, fabric, routers, client, boots, close });
    return Object.assign(hypervisor, { bastion: { port: bastion.port, hostKey: bastion.hostKey } });
  } catch (error) {
    await sweep(options.name);
    throw error;
  }
}

/**
 * Installs what is missing, makes the servers' image and the folder of the state, and removes what an earlier life left.
 * @returns the root of the image
 */
export async function prepareHost({
  name,
  stateDir,
  cacheDir,
  progress,
}: Pick<HypervisorOptions, "name" | "stateDir" | "cacheDir" | "progress">): Promise<string> {
  for (const folder of [stateDir, cacheDir]) requireMountable(folder);
  await ensureHostPackages(progress);
  const image = await ensureBaseImage(cacheDir, progress);
  await mkdir(stateDir, { recursive: true });
  await chmod(stateDir, 0o700);
  await sweep(name);
  return image;
}
