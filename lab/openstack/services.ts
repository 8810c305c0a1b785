/** The services of a real OpenStack as data: what runs where, after what, and how it is known to be ready. */
import { join } from "node:path";
import { computeHostName, hostNumbers, type Setting } from "./configuration/common.ts";
import { glanceConf } from "./configuration/glance.ts";
import { keystoneDir } from "./configuration/keystone.ts";
import { DATABASE_SERVER, sql } from "./configuration/mariadb.ts";
import { bridgeAgentConf, ml2Conf, NETWORK_NODE, neutronConf, routerAgentConf } from "./configuration/neutron.ts";
import { novaConf, novaDatabaseConf, novaHostDir } from "./configuration/nova.ts";
import { placementDir } from "./configuration/placement.ts";
import { QUEUE_ENVIRONMENT } from "./configuration/rabbitmq.ts";
import { CONTROL_ADDRESS } from "./settings/networks.ts";
import { type ApiName, MEMCACHED, portOf, QUEUE_PORT } from "./settings/places.ts";

/** How it is seen that a service does its work. */
export type Readiness =
  /** Its API answers. */
  | { readonly kind: "api"; readonly api: ApiName }
  /** It accepts connections in the control namespace. */
  | { readonly kind: "tcp"; readonly address: string; readonly port: number }
  /** A program succeeds. */
  | { readonly kind: "program"; readonly argv: readonly string[] }
  /** Its log has this text. */
  | { readonly kind: "log"; readonly text: string }
  /** It runs; what it does is seen elsewhere. */
  | { readonly kind: "running" };

/** A long-running program. */
export interface Service {
  /** Also the name of its log. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The compute host in whose network it is; absent: the control services'. */
  readonly host?: number;
  /** Absent: root. */
  readonly user?: string;
  /** Services that must be ready before it starts. */
  readonly after: readonly string[];
  readonly ready: Readiness;
}

/** How nova-compute is started, and with which virt driver. */
export interface ComputeProgram {
  readonly argv: readonly string[];
  readonly driver: string;
  readonly environment: Readonly<Record<string, string>>;
}

const RUNNING: Readiness = { kind: "running" };

/** Databases first, message queue and cache. */
export const foundation = (): readonly [Service, ...Service[]] => [
  {
    name: "mariadb",
    argv: DATABASE_SERVER,
    environment: {},
    after: [],
    ready: { kind: "program", argv: sql("select 1") },
  },
  {
    name: "epmd",
    argv: ["epmd", "-address", "127.0.0.1"],
    environment: QUEUE_ENVIRONMENT,
    user: "rabbitmq",
    after: [],
    ready: { kind: "tcp", address: "127.0.0.1", port: 4369 },
  },
  {
    name: "rabbitmq",
    argv: ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
    environment: QUEUE_ENVIRONMENT,
    user: "rabbitmq",
    after: ["epmd"],
    ready: { kind: "tcp", address: CONTROL_ADDRESS, port: QUEUE_PORT },
  },
  {
    name: "memcached",
    argv: ["memcached", "-u", "memcache", "-l", MEMCACHED.address, "-p", String(MEMCACHED.port), "-U", "0", "-m", "32"],
    environment: {},
    after: [],
    ready: { kind: "tcp", ...MEMCACHED },
  },
];

/** Keystone: what all others need, once its database has been filled. */
export const identity = (setting: Setting): Service => ({
  name: "keystone",
  argv: uwsgi("identity", "/usr/bin/keystone-wsgi-public", setting),
  environment: { OS_KEYSTONE_CONFIG_DIR: keystoneDir(setting) },
  after: ["mariadb", "memcached"],
  ready: { kind: "api", api: "identity" },
});

/** The other services with an API. They start without Keystone, and need it as soon as somebody calls them. */
export function apis(setting: Setting): readonly Service[] {
  const neutron = ["--config-file", neutronConf(setting), "--config-file", ml2Conf(setting)];
  const nova = ["--config-file", novaConf(setting), "--config-file", novaDatabaseConf(setting)];
  // Not after the message queue: it is there by the time they have read their own code, and on two cores that matters.
  const database = ["mariadb"];
  const api = (name: ApiName): Readiness => ({ kind: "api", api: name });
  return [
    service("neutron-server", ["neutron-server", ...neutron], database, api("network")),
    service("nova-api", ["nova-api", ...nova], [...database, "memcached"], api("compute")),
    {
      ...service("placement", uwsgi("placement", "/usr/bin/placement-api", setting), database, api("placement")),
      environment: { OS_PLACEMENT_CONFIG_DIR: placementDir(setting) },
    },
    service("glance-api", ["glance-api", "--config-file", glanceConf(setting)], database, api("image")),
    ...(["network", "compute", "image"] as const).map((name) => relay(name, setting)),
  ];
}

/** What Nova's compute services ask. Both of them log in as soon as they start, and end when Keystone does not know them. */
export function conductors(setting: Setting): readonly Service[] {
  const nova = ["--config-file", novaConf(setting), "--config-file", novaDatabaseConf(setting)];
  return (["conductor", "scheduler"] as const).map((name) =>
    service(`nova-${name}`, [`nova-${name}`, ...nova], ["rabbitmq", "keystone", "placement"], {
      kind: "log",
      text: `Starting ${name} node`,
    }),
  );
}

/** Neutron's agents and Nova's compute services of each host. */
export function workers(setting: Setting, compute: ComputeProgram): readonly Service[] {
  const conf = (file: string): readonly string[] => ["--config-file", neutronConf(setting), "--config-file", file];
  const services = hostNumbers(setting).flatMap((number): readonly Service[] => [
    {
      ...service(
        `${computeHostName(number)}-bridge-agent`,
        ["neutron-linuxbridge-agent", ...conf(bridgeAgentConf(setting, number))],
        ["rabbitmq", "neutron-server"],
      ),
      host: number,
    },
    {
      // Its own network is that of the control services: the APIs are there, and what it wires is told to the lab's daemon.
      ...service(
        `${computeHostName(number)}-nova-compute`,
        [...compute.argv, "--config-file", novaConf(setting), "--config-dir", novaHostDir(setting, number)],
        ["nova-conductor", "nova-api", "placement", "glance-api", "neutron-server"],
      ),
      environment: compute.environment,
    },
  ]);
  const routers: Service = {
    ...service(
      `${computeHostName(NETWORK_NODE)}-router-agent`,
      ["neutron-l3-agent", ...conf(routerAgentConf(setting, NETWORK_NODE))],
      ["rabbitmq", "neutron-server"],
    ),
    host: NETWORK_NODE,
  };
  return [...services, routers];
}

const service = (
  name: string,
  argv: readonly string[],
  after: readonly string[],
  ready: Readiness = RUNNING,
): Service => ({ name, argv, environment: {}, after, ready });

/** A WSGI program that listens for the other services and, on a socket in the file system, for the gateway. */
const uwsgi = (api: ApiName, program: string, { places }: Setting): readonly string[] => [
  ...["env", `--chdir=${places.run}`, "uwsgi_python3"],
  ...["--http-socket", `127.0.0.1:${portOf(api)}`, "--http-socket", `./${api}.sock`, "--chmod-socket=600"],
  // It closes after each answer, and must say so.
  ...["--add-header", "Connection: close"],
  ...["--master", "--processes", "1", "--threads", "4", "--enable-threads", "--lazy-apps", "--need-app"],
  ...["--die-on-term", "--no-orphans", "--buffer-size", "65535", "--disable-logging", "--wsgi-file", program],
];

/** For a service that cannot listen on a socket in the file system, which is what reaches over network namespaces. */
const relay = (api: ApiName, { places }: Setting): Service =>
  service(
    `relay-${api}`,
    [
      ...["env", `--chdir=${places.run}`, "socat"],
      `UNIX-LISTEN:./${api}.sock,fork,unlink-early,mode=600,backlog=128`,
      `TCP:127.0.0.1:${portOf(api)}`,
    ],
    [],
  );

/** Programs of services' own come first: a wrapper for one of Neutron's. Debian's Python must be found, and no other. */
export const PROGRAMS = join(import.meta.dirname, "bin");
