/** Looks whether a host answers an ICMP echo request. */
import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { CheckResult } from "../../health/verdict.ts";
import { EchoSocket } from "../../linux/icmp.ts";
import { failed, good } from "./look.ts";

/** What nobody else can know: only the host that got the request can answer it. */
const SECRET_BYTES = 16;
/** A reply is looked for this soon after the request, then at times twice as far apart, up to a limit. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 32;

/** Asks once. @throws SystemCallError, e.g. `ENETUNREACH` when there is no route. */
export async function lookByPing(
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
