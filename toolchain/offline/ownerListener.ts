// A port of loopback for one user: every local user can connect to it, and all but its owner are turned away unheard.
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { UserError } from "../userError.ts";
import { findSocket, type SocketPair } from "./socketTable.ts";

const TABLE = "/proc/net/tcp";
const TABLE_IPV6 = "/proc/net/tcp6";
/** The kernel hands the table out in pieces, and what is opened and closed meanwhile can hide an entry in one reading. */
const READINGS = 5;
const ROOT_UID = 0;

/** Whose a connection is: of one who may speak here, of another user, or of nobody who could be found. */
type Verdict =
  | { readonly kind: "owner" }
  | { readonly kind: "stranger"; readonly uid: number }
  | { readonly kind: "unknown" };

/**
 * Listens on a free port of 127.0.0.1 and hands on the connections of the user that this process runs as, and root's.
 * Another is disconnected before any octet is read.
 * @param refused is told of the first connection of each user that was turned away
 * @throws UserError where the machine does not tell who connects: without that nothing may be served
 */
export async function listenForOwner(
  serve: (socket: Socket) => void,
  refused: (message: string) => void,
): Promise<Server> {
  const uid = process.geteuid?.();
  if (uid === undefined || readTable(TABLE) === "") {
    throw new UserError(
      `${TABLE} cannot be read, so this plugin cannot tell who connects to it`,
      "install the official Pulumi, https://www.pulumi.com/docs/install/, or run on Linux",
    );
  }
  const strangers = new Set<string>();
  const server = createServer((socket) => {
    const verdict = judge(socket, uid);
    if (verdict.kind === "owner") {
      serve(socket);
      return;
    }
    socket.destroy();
    const who = verdict.kind === "stranger" ? `user ${verdict.uid}` : "a user who is not known";
    // Once for each: nobody shall fill a log by knocking.
    if (!strangers.has(who)) refused(`refused a connection to this plugin from ${who}`);
    strangers.add(who);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  return server;
}

/** The port that a listening server has. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/**
 * Judged in one go, before this process accepts another connection. Both ends must be established and open: a socket
 * that was closed already is root's in the kernel's table, and one that was reset may have a successor with its ports,
 * whose end here nobody has accepted yet.
 */
function judge(socket: Socket, uid: number): Verdict {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined) return { kind: "unknown" };
  if (remoteAddress === undefined || remotePort === undefined) return { kind: "unknown" };
  const here = { localAddress, localPort, remoteAddress, remotePort };
  const there = {
    localAddress: remoteAddress,
    localPort: remotePort,
    remoteAddress: localAddress,
    remotePort: localPort,
  };
  for (let reading = 0; reading < READINGS; reading++) {
    const tables = [readTable(TABLE), readTable(TABLE_IPV6)];
    const owner = openSocket(tables, there);
    if (owner !== undefined && owner !== uid && owner !== ROOT_UID) return { kind: "stranger", uid: owner };
    if (owner !== undefined && openSocket(tables, here) !== undefined) return { kind: "owner" };
  }
  return { kind: "unknown" };
}

/** The user of a socket that is connected and that a process holds. */
function openSocket(tables: readonly string[], pair: SocketPair): number | undefined {
  const entry = tables.map((table) => findSocket(table, pair)).find((found) => found !== undefined);
  return entry?.isEstablished === true && entry.inode !== 0 ? entry.uid : undefined;
}

/** Empty where there is none, as of IPv6 where the kernel has it switched off. */
function readTable(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
