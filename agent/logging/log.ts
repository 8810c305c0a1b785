/** The agent's log: JSON lines on stdout, which journald keeps, or to syslog where the configuration names a facility. */

import { destination, type Logger, pino } from "pino";
import type { AgentConfig } from "../config/schema/document.ts";
import type { LogLevel } from "./logLine.ts";
import { SyslogStream } from "./syslogStream.ts";

export type Log = Logger;

/** @param config names the node, on every line, and the facility. */
export function openLog({ node, logFacility }: Pick<AgentConfig, "node" | "logFacility">, level: LogLevel): Log {
  const options = {
    level,
    base: { node },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, logFacility === undefined ? new StandardOutput() : new SyslogStream(logFacility));
}

/** Lines that come together are written together: hundreds of virtual routers change their roles at once. */
class StandardOutput {
  readonly #destination = destination({ fd: 1, sync: true });
  #lines = "";

  constructor() {
    process.on("exit", () => {
      this.#flush();
    });
  }

  write(line: string): void {
    if (this.#lines === "")
      setImmediate(() => {
        this.#flush();
      });
    this.#lines += line;
  }

  #flush(): void {
    const lines = this.#lines;
    this.#lines = "";
    if (lines !== "") this.#destination.write(lines);
  }
}
