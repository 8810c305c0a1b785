/**
 * A real OpenStack on this host: keystone, placement, glance, neutron and nova of Debian's packages in one container, in
 * network namespaces of the lab's, behind one port of the loopback. It ends with the process that opened it.
 */
import { writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import type { ExternalNetworkDefinition } from "../cloud/birth.ts";
import type { FaultTable } from "../cloud/http/faults.ts";
import type { Credentials, FlavorDefinition, ImageDefinition } from "../cloud/state/context.ts";
import type { HostNames } from "../host/names.ts";
import type { ApiClient } from "./apiClient.ts";
import { bootstrapEnvironment, giveExternalNetwork, giveFlavors, giveIdentities, giveImages } from "./birth.ts";
import { novaComputeProgram } from "./compute/program.ts";
import type { Setting } from "./configuration/common.ts";
import { keystoneDir } from "./configuration/keystone.ts";
import { sql } from "./configuration/mariadb.ts";
import { novaConf, novaDatabaseConf } from "./configuration/nova.ts";
import { startContainer } from "./container.ts";
import { initialiseDatabases, prepareDatabases } from "./databases.ts";
import { openGateway } from "./gateway.ts";
import { ensureKeystoneKeys } from "./keystoneKeys.ts";
import { createLauncher, type Launcher } from "./launcher.ts";
import { isThere } from "./presence.ts";
import { agentsSince, hypervisorCount, novaServicesSince, untilNoneMissing } from "./readiness.ts";
import { apis, type ComputeProgram, conductors, foundation, identity, workers } from "./services.ts";
import { placesOf, publicUrl } from "./settings/places.ts";
import { ensureOpenstackSecrets } from "./settings/secrets.ts";
import { ensureStateDirectory, writeConfiguration } from "./stateDirectory.ts";

/** What an OpenStack is made of. The networks are there already. */
export interface OpenstackOptions {
  readonly names: HostNames;
  /** Configuration, databases, logs, sockets. Made with 0700. Kept between lives of the lab. */
  readonly stateDir: string;
  /** Keeps a template of freshly made databases. */
  readonly cacheDir: string;
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly apiPort: number;
  readonly region: string;
  readonly credentials: Credentials;
  readonly images: readonly ImageDefinition[];
  readonly flavors: readonly FlavorDefinition[];
  readonly externalNetwork: ExternalNetworkDefinition;
  readonly computeHosts: number;
  /** Where the hypervisor listens for what compute services tell it. */
  readonly hypervisorSocket: string;
  readonly logger: Logger;
  /** Says what is being done, for people who wait. */
  readonly detail: (text: string) => void;
}

/** An OpenStack that answers. */
export interface Openstack {
  /** Where clients log in: OS_AUTH_URL. */
  readonly authUrl: string;
  /** Rules that make the API misbehave; empty at first. */
  readonly faults: FaultTable;
  /** Serves the connections of another listening socket as well, which stays the caller's to close. */
  serve(socket: Server): void;
  /** Ends all services, the databases with a chance to close their files. */
  close(): Promise<void>;
}

/** How long services get to end what they do, and how long the databases then do. */
const SERVICES_STOP_MS = 6000;
const DATABASES_STOP_MS = 10_000;
const isFoundation = (name: string): boolean => foundation().some((service) => service.name === name);

/** Starts it. Resolves when every API answers and every agent and compute host lives. @throws UserError */
export async function openOpenstack(options: OpenstackOptions): Promise<Openstack> {
  const places = placesOf(options.stateDir);
  await ensureStateDirectory(places);
  const gateway = await openGateway(options.apiPort, places.socket, options.logger);
  try {
    const stop = await startServices(options, {
      places,
      secrets: await ensureOpenstackSecrets(places.secrets),
      region: options.region,
      gateway: gateway.url,
      computeHosts: options.computeHosts,
    });
    return {
      authUrl: publicUrl("identity", gateway.url),
      faults: gateway.faults,
      serve: (socket) => {
        gateway.serve(socket);
      },
      close: async () => {
        await gateway.close();
        await stop();
      },
    };
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

/** Returns what ends them all, the databases with a chance to close their files. */
async function startServices(options: OpenstackOptions, setting: Setting): Promise<() => Promise<void>> {
  const { names, logger, cacheDir, detail } = options;
  const { places } = setting;
  const compute = novaComputeProgram(options.hypervisorSocket);
  const databases = await prepareDatabases(places, cacheDir);
  await writeConfiguration(setting, compute.driver);
  await ensureKeystoneKeys(setting);
  const container = await startContainer({ places, namespace: names.control });
  const hostNamespace = (number: number): string => names.computeHost(number);
  const launcher = createLauncher({ container, places, hostNamespace, logger });
  try {
    if (databases.kind === "none") await initialiseDatabases(launcher, setting, databases.template, detail);
    await Promise.race([startAll(launcher, setting, options, compute), launcher.failed]);
  } catch (error) {
    launcher.expectEnd();
    await container.kill();
    throw error;
  }
  return async () => {
    launcher.expectEnd();
    await launcher.stop((name) => !isFoundation(name), SERVICES_STOP_MS);
    await launcher.stop((name) => name === "mariadb", DATABASES_STOP_MS);
    await container.kill();
  };
}

async function startAll(
  launcher: Launcher,
  setting: Setting,
  options: OpenstackOptions,
  compute: ComputeProgram,
): Promise<void> {
  const { detail } = options;
  const since = new Date();
  detail("databases, message queue, identities and services' APIs");
  const [database, ...others] = foundation();
  const identities = async (): Promise<ApiClient> => {
    await launcher.start([database]);
    const admin = await startIdentity(launcher, setting, options.credentials);
    await launcher.start(conductors(setting));
    return admin;
  };
  const [admin] = await Promise.all([identities(), launcher.start(others), launcher.start(apis(setting))]);
  detail("hosts' agents, flavors, images and the external network");
  await Promise.all([
    launcher.start(workers(setting, compute)),
    giveFlavors(admin, options.flavors),
    giveImages(admin, options.images),
    giveExternalNetwork(admin, options.externalNetwork),
  ]);
  await untilHostsLive(launcher, setting, admin, since, detail);
}

/** Keystone with what it must know, and the operator's session with it. */
async function startIdentity(launcher: Launcher, setting: Setting, user: Credentials): Promise<ApiClient> {
  const mark = join(setting.places.data, "identity-is-bootstrapped");
  if (!(await isThere(mark))) {
    const argv = ["keystone-manage", "--config-dir", keystoneDir(setting), "bootstrap"];
    await launcher.run(argv, bootstrapEnvironment(setting));
    await writeFile(mark, "");
  }
  await launcher.start([identity(setting)]);
  return giveIdentities(setting, user);
}

async function untilHostsLive(
  launcher: Launcher,
  setting: Setting,
  admin: ApiClient,
  since: Date,
  detail: (text: string) => void,
): Promise<void> {
  const { computeHosts } = setting;
  const services = () => novaServicesSince(admin, setting, since);
  await untilNoneMissing("Nova's services", services, detail);
  const mapped = Number(await launcher.run(sql("select count(*) from nova_api.host_mappings")));
  // The scheduler looks for new hosts by itself, but only now and then.
  if (mapped < computeHosts) {
    detail("telling Nova's scheduler of its hosts");
    const files = ["--config-file", novaConf(setting), "--config-file", novaDatabaseConf(setting)];
    await launcher.run(["nova-manage", ...files, "cell_v2", "discover_hosts"]);
  }
  const known = await hypervisorCount(admin);
  if (known < computeHosts) throw new Error(`Nova has ${known} hypervisors of the ${computeHosts} that were started`);
  const agents = () => agentsSince(admin, setting, since);
  await untilNoneMissing("Neutron's agents", agents, detail);
}
