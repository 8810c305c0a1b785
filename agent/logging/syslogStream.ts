/** Lines of the log to the system's log daemon, as syslog(3) sends them (RFC 3164 4.1, with a JSON message). */
import type { AgentConfig } from "../config/schema/document.ts";
import { sendDatagram } from "../linux/sockets/datagram.ts";
import { isKernelError } from "../linux/system/kernelError.ts";

type Facility = NonNullable<AgentConfig["logFacility"]>;

/** RFC 5424 table 1. */
const FACILITY_CODES: Readonly<Record<Facility, number>> = {
  user: 1,
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
};
/** RFC 5424 table 2, by pino's levels. */
const SEVERITIES: ReadonlyMap<number, number> = new Map([
  [20, 7],
  [30, 6],
  [40, 4],
  [50, 3],
]);
const INFORMATIONAL = 6;
const SEVERITIES_PER_FACILITY = 8;
const SOCKET = "/dev/log";

/** What pino asks of a destination that wants to know the level of each line. */
const METADATA = Symbol.for("pino.metadata");

export class SyslogStream {
  readonly [METADATA] = true;
  /** Of the line that is written next; pino sets it. */
  lastLevel = 30;
  readonly #facility: number;
  readonly #socketPath: string;
  readonly #fallback: (line: string) => void;

  /** @param fallback takes what the log daemon does not, such as while it restarts. */
  constructor(facility: Facility, socketPath = SOCKET, fallback: (line: string) => void = toStdout) {
    this.#facility = FACILITY_CODES[facility];
    this.#socketPath = socketPath;
    this.#fallback = fallback;
  }

  write(line: string): void {
    const severity = SEVERITIES.get(this.lastLevel) ?? INFORMATIONAL;
    const priority = this.#facility * SEVERITIES_PER_FACILITY + severity;
    try {
      sendDatagram(this.#socketPath, `<${priority}>failover-agent[${process.pid}]: ${line.trimEnd()}`);
    } catch (error) {
      if (!isKernelError(error)) throw error;
      this.#fallback(line);
    }
  }
}

function toStdout(line: string): void {
  process.stdout.write(line);
}
