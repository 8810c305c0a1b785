/**
 * The operator's way in: an SSH jump host on loopback that forwards TCP to the external segment, and to the private
 * networks that are routed there, as a VPN would.
 *
 * It has a foot in each of two network namespaces. This process listens on loopback, where the operator is, and hands
 * the listening socket to a child process in the client host's namespace, whose own connections therefore start there.
 */

import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { messageOf } from "../../../toolchain/messageOf.ts";
import { TYPESCRIPT_LOADER } from "../../../toolchain/places.ts";
import { newSshKeyPair } from "../../../toolchain/sshKeyPair.ts";
import { UserError } from "../../../toolchain/userError.ts";
import { type BastionConfig, SERVING } from "./bastionServer.ts";
import type { ClientAddress, ClientHost } from "./clientHost.ts";

const PROCESS = join(import.meta.dirname, "bastionProcess.ts");
/** A loaded machine starts a Node process in a second or two. */
const START_DEADLINE_MS = 60_000;

/** RFC 1918. From the client host's namespace nothing of it is reached but what the region has. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** How to open a bastion. */
export interface BastionOptions {
  readonly port: number;
  readonly authorizedKey: string;
  /** Keeps the host key, mode 0600. */
  readonly stateDir: string;
  readonly client: ClientHost;
  /** The client's own network, one of those it forwards to. */
  readonly reach: ClientAddress;
}

/** An open bastion. */
export interface Bastion {
  readonly port: number;
  /** Its public host key, a line as in a .pub file. */
  readonly hostKey: string;
  close(): Promise<void>;
}

/** Opens it; ready for connections when it resolves. @throws UserError when the port is taken */
export async function openBastion(options: BastionOptions): Promise<Bastion> {
  const { authorizedKey, reach } = options;
  const key = await ensureHostKey(join(options.stateDir, "bastion_host_key"));
  const listener = await listenOnLoopback(options.port);
  try {
    const address = listener.address();
    const networks = [`${reach.address}/${reach.prefixLength}`, ...PRIVATE];
    const close = await serve(options.client, { hostKey: key.private, authorizedKey, networks }, listener);
    const port = typeof address === "object" && address !== null ? address.port : options.port;
    return { port, hostKey: key.public.trim(), close };
  } finally {
    // The child has the socket now. Two processes that accept on it would share the connections.
    listener.close();
  }
}

/** Starts the process that serves a socket, and returns what ends it. */
async function serve(client: ClientHost, config: BastionConfig, listener: Server): Promise<() => Promise<void>> {
  const argv = [process.execPath, "--import", TYPESCRIPT_LOADER, PROCESS];
  // The channel is its life line: it ends when this process does.
  const child = client.spawn(argv, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      resolve();
    });
  });
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("message", (message) => {
        if (message === SERVING) resolve();
      });
      child.once("error", reject);
      child.once("exit", (code) => {
        reject(new Error(`the bastion's process ended with code ${String(code)}`));
      });
      setTimeout(() => {
        reject(new Error(`the bastion's process did not start in ${START_DEADLINE_MS / 1000} s`));
      }, START_DEADLINE_MS).unref();
      child.send(config, listener);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

async function listenOnLoopback(port: number): Promise<Server> {
  // Whoever connects before the child has taken over is sent away.
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port }, resolve);
    });
  } catch (error) {
    throw new UserError(
      `the bastion cannot listen on 127.0.0.1:${port}: ${messageOf(error)}`,
      `find who does with "ss -ltnp sport = :${port}" and stop it`,
      { cause: error },
    );
  }
  return server;
}

/** The bastion's key, made once: whoever stored its public half finds it again. */
async function ensureHostKey(path: string): Promise<{ readonly private: string; readonly public: string }> {
  try {
    const key = await readFile(path, "utf8");
    await chmod(path, 0o600);
    return { private: key, public: await readFile(`${path}.pub`, "utf8") };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    const pair = newSshKeyPair({ comment: "vip-failover-bastion" });
    await writeFile(path, pair.private, { mode: 0o600 });
    await writeFile(`${path}.pub`, pair.public);
    return pair;
  }
}
