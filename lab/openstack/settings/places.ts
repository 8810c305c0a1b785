/** Where a real OpenStack keeps things, and where its services are found. */
import { join } from "node:path";
import { UserError } from "../../../toolchain/userError.ts";

/** The services with an API, by the first segment of their path at the gateway. */
export const API_NAMES = ["identity", "network", "compute", "image", "placement"] as const;
export type ApiName = (typeof API_NAMES)[number];

/** TCP ports in the control namespace, where services talk to each other. The host knows nothing of them. */
const PORTS: Readonly<Record<ApiName, number>> = {
  identity: 5000,
  network: 9696,
  compute: 8774,
  image: 9292,
  placement: 8778,
};
export const QUEUE_PORT = 5672;
export const MEMCACHED = { address: "127.0.0.1", port: 11211 } as const;

/** What follows the port in a service's address, in the catalog and elsewhere. */
const ROOT_PATHS: Readonly<Record<ApiName, string>> = {
  identity: "/v3",
  network: "",
  compute: "/v2.1",
  image: "",
  placement: "",
};

/** Where services find each other. */
export const directUrl = (api: ApiName): string => `http://127.0.0.1:${PORTS[api]}${ROOT_PATHS[api]}`;
/** Where everybody else finds them: at the gateway. */
export const publicUrl = (api: ApiName, gateway: string): string => `${gateway}/${api}${ROOT_PATHS[api]}`;
export const portOf = (api: ApiName): number => PORTS[api];

/**
 * Folders that the container has in place of the host's: programs with a user of their own can reach them there, while
 * the state's folder is root's alone.
 */
export const DATABASE_DIR = "/var/lib/mysql";
export const QUEUE_DIR = "/var/lib/rabbitmq";
export const DATABASE_SOCKET = join(DATABASE_DIR, "mysqld.sock");

/** Paths below the state's folder. */
export interface Places {
  readonly root: string;
  readonly secrets: string;
  /** Configuration, written again at each start. */
  readonly etc: string;
  readonly log: string;
  /** Sockets and temporary files of one life. */
  readonly run: string;
  readonly data: string;
  /** Where `DATABASE_DIR` and `QUEUE_DIR` really are. */
  readonly databases: string;
  readonly queue: string;
  readonly socket: (api: ApiName) => string;
}

/** sockaddr_un(7) has room for 108 bytes, the last of them zero. */
const SOCKET_PATH_BYTES = 107;

/** @throws UserError when the folder's path leaves no room for a socket's */
export function placesOf(stateDir: string): Places {
  const run = join(stateDir, "run");
  const data = join(stateDir, "data");
  const longest = Math.max(...API_NAMES.map((api) => Buffer.byteLength(join(run, `${api}.sock`))));
  if (longest > SOCKET_PATH_BYTES) {
    throw new UserError(
      `the path of the lab's folder, ${stateDir}, is ${longest - SOCKET_PATH_BYTES} bytes too long for sockets in it`,
      "move the checkout to a folder with a shorter path",
    );
  }
  return {
    root: stateDir,
    secrets: join(stateDir, "secrets.json"),
    etc: join(stateDir, "etc"),
    log: join(stateDir, "log"),
    run,
    data,
    databases: join(data, "mysql"),
    queue: join(data, "rabbitmq"),
    socket: (api) => join(run, `${api}.sock`),
  };
}
