/** The agent's log: JSON lines on stdout, which journald keeps, or to syslog where the configuration names a facility. */
import { destination, type Logger, pino } from "pino";
import type { AgentConfig } from "../config/document.ts";
import type { LogLevel, NodeReport } from "./report.ts";
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

/** Writes what the protocol's thread reported; its standing is not for the log, and troubles.ts logs its troubles. */
export function logReport(log: Log, report: NodeReport): void {
  switch (report.kind) {
    case "log":
      log[report.level](report.fields, report.message);
      return;
    case "transition": {
      const { virtualRouter, from, to, reason, at } = report;
      log.info({ virtualRouter, from, to, reason, at }, `${virtualRouter}: ${from} -> ${to} (${reason})`);
      return;
    }
    case "trouble":
    case "prepare":
    case "standing":
      return;
  }
}
