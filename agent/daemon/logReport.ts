/** Reports of the protocol thread, as lines of the log. */
import type { Log } from "../logging/log.ts";
import type { NodeReport } from "../virtualRouter/report.ts";

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
