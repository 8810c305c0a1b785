/** How each kind of polled check looks. */

import { randomBytes, randomInt } from "crypto";
import { stat } from "fs/promises";
import { connect } from "net";
import { setTimeout as delay } from "timers/promises";
import type { PolledCheckConfig } from "../config/schema/check.ts";
import type { CheckResult } from "../health/verdict.ts";
import { EchoSocket } from "../linux/sockets/icmp.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import { probeCommand } from "./commandProbe.ts";
import { probeUrl } from "./httpProbe.ts";
import { failed, good, type Probe, simpleProbe } from "./probe.ts";
import { probeProcess } from "./processProbe.ts";

export function probeOf(check: PolledCheckConfig): Probe {
  switch (check.kind) {
    case "ping":
      return simpleProbe((signal) => probePing(check.ping, check.interface, signal));
    case "tcp":
      return simpleProbe((signal) => probePort(check.tcp, signal));
    case "http":
      return simpleProbe((signal) => probeUrl(check, signal));
    case "command":
      return (signal) => probeCommand(check.command, signal);
    case "process":
      return simpleProbe((signal) => probeProcess(check.process, signal));
    case "file":
      return simpleProbe(() => probeFile(check.file, check.absent));
  }
}

/** A file that cannot be looked at, for any reason but that it is not there, is a failure either way. */
export async function probeFile(path: string, absent: boolean): Promise<CheckResult> {
  const isThere = await stat(path).then(
    () => true,
    (error: unknown) => {
      if (isKernelError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return false;
      throw error;
    },
  );
  const reason = `${path} is ${isThere ? "there" : "not there"}`;
  return isThere === absent ? failed(reason) : good(reason);
}

/** Connects, and closes at once. Rejects with what the network said. */
export function probePort(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<CheckResult> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.once("connect", () => {
      socket.destroy();
      resolve(good(`${host} port ${port} takes connections`));
    });
    // Stays for what comes after the verdict: an aborted socket says so.
    socket.on("error", reject);
  });
}

/** What nobody else can know: only the host that got the request can answer it. */
export const SECRET_BYTES = 16;
/** A reply is looked for this soon after the request, then at times twice as far apart, up to a limit. */
export const FIRST_WAIT_MS = 1;
export const LONGEST_WAIT_MS = 32;
/** Asks once. @throws SystemCallError, e.g. `ENETUNREACH` when there is no route. */
export async function probePing(
  host: string,
  interfaceName: string | undefined,
  signal: AbortSignal,
): Promise<CheckResult> {
  const echo = { identifier: randomInt(0x10000), sequence: 1, data: randomBytes(SECRET_BYTES) };
  const socket = new EchoSocket(host, interfaceName);
  try {
    socket.ask(echo);
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      await delay(waitMs);
      if (socket.replies().some(({ data }) => echo.data.equals(data))) return good(`${host} answers`);
    }
    return failed(`${host} does not answer`);
  } finally {
    socket.close();
  }
}
