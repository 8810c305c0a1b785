/**
 * A listening socket on the client host whose connections this process serves: so what runs here answers on the external
 * segment too, and sees who calls.
 *
 * A socket stays in the network namespace in which it was made. So a short-lived child makes it there and hands it over,
 * the other way round than the bastion's; when this process dies, the socket is gone.
 */
import type { ChildProcess } from "node:child_process";
import { Server } from "node:net";
import { join } from "node:path";
import { TYPESCRIPT_LOADER } from "../../../toolchain/places.ts";
import type { ClientHost } from "./clientHost.ts";

const PROCESS = join(import.meta.dirname, "clientListenerProcess.ts");
/** A loaded machine starts a Node process in a second or two. */
const DEADLINE_MS = 60_000;

/** Listens on a TCP port of all of the client host's addresses. */
export async function listenAtClient(client: ClientHost, port: number): Promise<Server> {
  const argv = [process.execPath, "--import", TYPESCRIPT_LOADER, PROCESS];
  const child = client.spawn(argv, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      resolve();
    });
  });
  try {
    return await socketOf(child, port);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

function socketOf(child: ChildProcess, port: number): Promise<Server> {
  return new Promise<Server>((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new Error(`port ${port} of the client host cannot be listened on: ${why}`));
    };
    child.once("message", (message: unknown, handle: unknown) => {
      if (handle instanceof Server) resolve(handle);
      else fail(String(message));
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      fail(`the process that makes the socket ended with code ${String(code)}`);
    });
    setTimeout(() => {
      fail(`no socket in ${DEADLINE_MS / 1000} s`);
    }, DEADLINE_MS).unref();
    child.send({ port });
  });
}
