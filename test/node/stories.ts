/** What nodes did and reported, in short words to compare. */
import type { NodeReport } from "../../agent/virtualRouter/report.ts";
import type { Deed } from "../support/fakeKernel.ts";

/** The changes of role that were reported: `web backup>master master-down`. */
export function transitions(reports: readonly NodeReport[]): string[] {
  return reports.flatMap((report) =>
    report.kind === "transition" ? `${report.virtualRouter} ${report.from}>${report.to} ${report.reason}` : [],
  );
}

/** The messages logged at one level. */
export function logged(reports: readonly NodeReport[], level: string): string[] {
  return reports.flatMap((report) => (report.kind === "log" && report.level === level ? report.message : []));
}

/** The deeds by kind, sends with the VRRP priority they carry: `send 200`. Renewed leases are no part of a story. */
export function story(deeds: readonly Deed[]): string[] {
  return deeds.flatMap((deed) => {
    switch (deed.kind) {
      case "send":
        return `send ${deed.payload[2] ?? ""}`;
      case "renew":
        return [];
      case "add":
      case "remove":
      case "announce":
      case "ask":
        return `${deed.kind} ${deed.address}`;
      case "prefer":
        return `prefer ${deed.source ?? "none"}`;
      case "make":
      case "unmake":
        return `${deed.kind} ${deed.name}`;
    }
  });
}
