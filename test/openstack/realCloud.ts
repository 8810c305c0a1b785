/** A real OpenStack with its hypervisor, and a user who has logged in; and what a test looks at on the servers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { hostNames } from "../../lab/host/names.ts";
import { createNovaHypervisor, type NovaHypervisor } from "../../lab/openstack/compute/novaHypervisor.ts";
import { type Openstack, openOpenstack } from "../../lab/openstack/openstack.ts";
import { ensureOpenstackPackages } from "../../lab/openstack/settings/packages.ts";
import { REGION } from "../../lab/settings/settings.ts";
import { cacheDirectory } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { CloudCaller } from "../cloud/cloudCaller.ts";
import { CLIENT } from "../host/edgeRegion.ts";
import { OPERATOR } from "../host/labHost.ts";

const CREDENTIALS = { userName: REGION.userName, password: "a password of the tests", projectName: REGION.projectName };
/** A boot with a busy machine beside it. */
const COMMAND_DEADLINE_MS = 60_000;

/** A real cloud of the tests' own. */
export interface RealCloud {
  readonly stateDir: string;
  readonly hypervisor: NovaHypervisor;
  readonly openstack: Openstack;
  readonly api: CloudCaller;
  /** Of the user who has logged in. */
  readonly credentials: typeof CREDENTIALS;
  /** Runs a shell command on a server as root, as on its console, and gives what it printed. */
  shell(serverId: string, command: string): Promise<string>;
  /** Ends the lab as its daemon does, and begins its next life on the state that it left. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the cloud of a lab with that name, in a folder of its own. */
export async function openRealCloud(name: string): Promise<RealCloud> {
  await ensureOpenstackPackages(createProgress());
  const stateDir = await mkdtemp(join(tmpdir(), `${name}-`));
  let life = await begin(name, stateDir).catch(async (error: unknown) => {
    await rm(stateDir, { recursive: true, force: true });
    throw error;
  });
  const end = async (): Promise<void> => {
    await life.openstack.close();
    await life.hypervisor.close();
  };
  return {
    stateDir,
    get hypervisor() {
      return life.hypervisor;
    },
    get openstack() {
      return life.openstack;
    },
    get api() {
      return life.api;
    },
    credentials: CREDENTIALS,
    shell: async (serverId, command) =>
      (await life.hypervisor.run(serverId, ["sh", "-c", command], { timeoutMs: COMMAND_DEADLINE_MS })).stdout.trim(),
    restart: async () => {
      await end();
      life = await begin(name, stateDir);
    },
    close: async () => {
      await end();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

interface Life {
  readonly hypervisor: NovaHypervisor;
  readonly openstack: Openstack;
  readonly api: CloudCaller;
}

async function begin(name: string, stateDir: string): Promise<Life> {
  const socket = join(stateDir, "run", "hypervisor.sock");
  const { openstackHosts: computeHosts, images, flavors, externalNetwork } = REGION;
  const hypervisor = await createNovaHypervisor({
    ...{ name, stateDir: join(stateDir, "host"), cacheDir: cacheDirectory(), client: CLIENT, socket, computeHosts },
    bastion: { port: 0, authorizedKey: OPERATOR.public },
    progress: createProgress(),
  });
  try {
    const openstack = await openOpenstack({
      ...{ names: hostNames(name), stateDir: join(stateDir, "openstack"), cacheDir: cacheDirectory(), apiPort: 0 },
      ...{ region: REGION.name, credentials: CREDENTIALS, images, flavors, externalNetwork, computeHosts },
      hypervisorSocket: socket,
      logger: pino({ level: "warn" }),
      detail: () => undefined,
    });
    const defaults = { imageId: images[0].id, flavorId: flavors[0].id };
    const api = new CloudCaller(openstack.authUrl, defaults, "real");
    await api.logIn(CREDENTIALS);
    return { hypervisor, openstack, api };
  } catch (error) {
    await hypervisor.close();
    throw error;
  }
}
