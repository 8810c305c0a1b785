/** Looks whether a port takes a connection. */
import { connect } from "node:net";
import type { CheckResult } from "../../health/verdict.ts";
import { good } from "./look.ts";

/** Connects, and closes at once. Rejects with what the network said. */
export function lookAtPort(
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
