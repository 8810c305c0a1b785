/** The words that people read for what the agent's data says in one. */
import type { HoldReason, TransitionReason } from "../../election/election.ts";
import type { AdvertisedPreference } from "../../participant/participant.ts";

export const REASONS: Readonly<Record<TransitionReason, string>> = {
  startup: "started",
  "owner-startup": "started as owner of the address",
  "link-up": "the link came back",
  "master-down": "no master was heard in time",
  "master-resigned": "the master resigned",
  "higher-priority": "heard a higher priority",
  "tie-lost": "heard an equal priority from a higher address",
  stalled: "this machine stood still for too long",
  shutdown: "told to stop",
  "successor-heard": "the successor was heard",
  "no-successor": "no successor was heard in time",
  "link-down": "the link is down",
  "interface-missing": "its interface is not there",
  "source-address-missing": "its own address is on no interface",
  "socket-refused": "the kernel gives it no socket",
  "check-failed": "a check failed",
  drained: "the node is drained",
  maintenance: "the node is in maintenance",
  "address-in-use": "its address is on this machine, set by somebody else",
  "interface-in-use": "the name of its interface is taken",
  "sync-group": "another member of its sync group cannot be master",
  "witness-lost": "the cloud's API is out of reach from here",
  readmitted: "the node may take part again",
  handover: "the role was handed over",
  "peer-lost": "the peer link found the master dead",
  resumed: "kept the address of its earlier life",
  preempted: "took over from a master that is worse",
};

export function ineligibleText(reason: HoldReason): string {
  return `may not be master: ${REASONS[reason]}`;
}

/** `200`, or CARP's `1s + 100/256s`, and how far it is demoted. */
export function claimWords(claim: AdvertisedPreference): string {
  if (claim.protocol === "vrrp") return String(claim.priority);
  const { advertisementBase, advertisementSkew, demotion } = claim;
  const period = `${advertisementBase}s+${advertisementSkew}/256s`;
  return demotion > 0 ? `${period} demoted ${demotion}` : period;
}

/** `45s`, `1m30s`, `4h0m`, `3d4h`. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${whole % 60}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)}h${Math.floor((whole % 3_600) / 60)}m`;
  return `${Math.floor(whole / 86_400)}d${Math.floor((whole % 86_400) / 3_600)}h`;
}

/** `2 x checksum, 1 x ttl`; undefined: nothing was counted. */
export function countWords(counts: Readonly<Record<string, number>>): string | undefined {
  const entries = Object.entries(counts);
  return entries.length === 0 ? undefined : entries.map(([reason, count]) => `${count} x ${reason}`).join(", ");
}

/** `2026-11-21T05:59:00Z` */
export function withoutMs(at: string): string {
  return at.replace(/\.\d+Z$/, "Z");
}

/** `2026-11-21T05:59:00Z (1m30s)` */
export function sinceWords(at: string, nowMs: number): string {
  return `${withoutMs(at)} (${durationWords((nowMs - Date.parse(at)) / 1_000)})`;
}
