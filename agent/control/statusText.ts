/** The status for people: a table of virtual routers, with what they hold, whom they hear, and why they are what they are. */
import type { TransitionReason } from "../election/election.ts";
import type { AgentStatus, PeerStatus, VirtualRouterStatus } from "../node/status.ts";

const REASONS: Readonly<Record<TransitionReason, string>> = {
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
  "check-failed": "a check failed",
  drained: "the node is drained",
  maintenance: "the node is in maintenance",
  "sync-group": "another member of its sync group cannot be master",
  readmitted: "the node may take part again",
  handover: "the role was handed over",
  "peer-lost": "the peer link found the master dead",
  resumed: "kept the address of its earlier life",
  preempted: "took over from a master that is worse",
};

const HEADINGS = ["VIRTUAL ROUTER", "ID", "ROLE", "SINCE", "PRIORITY", "MASTER", "ADDRESSES", "WHY"] as const;

/** Several lines, without colours, the same for the same status. */
export function statusText(status: AgentStatus, nowMs: number): string {
  const rows = status.virtualRouters.map((router) => rowOf(router, nowMs));
  const details = status.virtualRouters.flatMap((router) => detailsOf(router));
  const strays = Object.entries(status.dropped);
  return [
    `${status.node}: failover-agent ${status.version}, configuration ${status.config.digest.slice(0, 12)}`,
    "",
    ...aligned([[...HEADINGS], ...rows]),
    "",
    ...details,
    ...(strays.length > 0 ? [`dropped, for no virtual router of this node: ${countsText(strays)}`] : []),
  ].join("\n");
}

function rowOf(router: VirtualRouterStatus, nowMs: number): string[] {
  const { name, virtualRouterId, role, since, priority, masterAddress, addresses, held, lastTransition } = router;
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(since)) / 1_000));
  const holds = role === "master" || role === "resigning";
  return [
    name,
    String(virtualRouterId),
    role,
    `${since.replace(/\.\d+Z$/, "Z")} (${durationText(seconds)})`,
    String(priority),
    holds ? "this node" : (masterAddress ?? "not heard"),
    `${addresses.join(" ")} ${held ? "held" : holds ? "MISSING" : "not held"}`,
    lastTransition === null ? "not started" : REASONS[lastTransition.reason],
  ];
}

function detailsOf(router: VirtualRouterStatus): string[] {
  const { name, peers, counters, role } = router;
  const lines = peers.map((peer) => `${name}: peer ${peerText(peer)}`);
  if (role === "master" && peers.every(({ lastHeardAgoMs }) => lastHeardAgoMs === null)) {
    lines.push(
      `${name}: hears nobody. Backups are silent, so that is well if no other node says it is master;`,
      `${" ".repeat(name.length)}  if one does, IP protocol 112 does not pass between the two: check security groups and firewalls.`,
    );
  }
  const dropped = Object.entries(counters.dropped);
  if (dropped.length > 0) lines.push(`${name}: dropped ${countsText(dropped)}`);
  const refused = Object.entries(counters.sendErrors);
  if (refused.length > 0) lines.push(`${name}: could not send ${countsText(refused)}`);
  return lines;
}

function peerText({ address, lastHeardAgoMs, priority }: PeerStatus): string {
  if (lastHeardAgoMs === null || priority === null) return `${address} never heard`;
  return `${address} heard ${(lastHeardAgoMs / 1_000).toFixed(1)}s ago, priority ${priority}`;
}

function countsText(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([reason, count]) => `${count} x ${reason}`).join(", ");
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  return `${Math.floor(seconds / 3_600)}h${Math.floor((seconds % 3_600) / 60)}m`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
