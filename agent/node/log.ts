/** The agent's log: JSON lines on stdout, which journald keeps. */
import { type Logger, pino } from "pino";
import type { LogLevel, NodeReport } from "./report.ts";

export type Log = Logger;

/** @param node the name of this node, on every line. */
export function openLog(node: string, level: LogLevel): Log {
  return pino({
    level,
    base: { node },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  });
}

/** Writes what the protocol's thread reported; its standing is not for the log. */
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
    case "prepare":
    case "standing":
      return;
  }
}
