/** The virtual routers of a status for people: a table, and what does not fit into one. */
import type { PeerStatus, VirtualRouterStatus } from "../node/status.ts";
import { type Cell, type Colour, type Paint, tableLines } from "./table.ts";
import { claimWords, countWords, heldWords, REASONS, sinceWords, withoutMs } from "./words.ts";

const HEADINGS = ["VIRTUAL ROUTER", "PROTOCOL", "ID", "ROLE", "SINCE", "CLAIM", "MASTER", "ADDRESSES", "WHY"] as const;
const ROLE_COLOURS: Readonly<Record<VirtualRouterStatus["role"], Colour>> = {
  master: "green",
  backup: "bold",
  initialize: "red",
  resigning: "yellow",
  resuming: "yellow",
};

export function virtualRouterTable(routers: readonly VirtualRouterStatus[], nowMs: number, paint: Paint): string[] {
  const rows = routers.map((router) => rowOf(router, nowMs));
  return tableLines(HEADINGS, rows, paint);
}

/** Lines on one virtual router: whom it hears, what holds it back, what was lost. */
export function virtualRouterDetails(router: VirtualRouterStatus): string[] {
  const { name, peers, counters, role, claim, startsAt } = router;
  const lines = peers.map((peer) => `${name}: peer ${peerWords(peer)}`);
  if (claim.held !== null) lines.unshift(`${name}: ${heldWords(claim.held)}`);
  if (startsAt !== null)
    lines.unshift(`${name}: waits out its startupDelay, takes part from ${withoutMs(startsAt)} on`);
  if (role === "master" && peers.every(({ lastHeardAgoMs }) => lastHeardAgoMs === null)) {
    lines.push(
      `${name}: hears nobody. Backups are silent, so that is well if no other node says it is master;`,
      `${" ".repeat(name.length)}  if one does, IP protocol 112 does not pass between the two: check security groups and firewalls.`,
    );
  }
  const dropped = countWords(counters.dropped);
  if (dropped !== undefined) lines.push(`${name}: dropped ${dropped}`);
  const refused = countWords(counters.sendErrors);
  if (refused !== undefined) lines.push(`${name}: could not send ${refused}`);
  return lines;
}

function rowOf(router: VirtualRouterStatus, nowMs: number): Cell[] {
  const { name, protocol, virtualRouterId, role, since, masterAddress, lastTransition } = router;
  const holds = role === "master" || role === "resigning";
  return [
    { text: name },
    { text: protocol },
    { text: String(virtualRouterId) },
    { text: role, colour: ROLE_COLOURS[role] },
    { text: sinceWords(since, nowMs) },
    claimCell(router),
    { text: holds ? "this node" : (masterAddress ?? "not heard") },
    addressesCell(router, holds),
    { text: lastTransition === null ? "not started" : REASONS[lastTransition.reason] },
  ];
}

function claimCell({ claim: { configured, effective } }: VirtualRouterStatus): Cell {
  const [was, is] = [claimWords(configured), claimWords(effective)];
  if (was === is) return { text: is };
  // CARP's demotion is a number beside the claim: it says all that changed.
  return { text: is.startsWith(`${was} `) ? is : `${is} of ${was}`, colour: "yellow" };
}

function addressesCell({ addresses, held }: VirtualRouterStatus, holds: boolean): Cell {
  const text = addresses.join(" ");
  if (held) return { text: `${text} held` };
  return holds ? { text: `${text} MISSING`, colour: "red" } : { text: `${text} not held` };
}

function peerWords({ address, lastHeardAgoMs, claim }: PeerStatus): string {
  if (lastHeardAgoMs === null || claim === null) return `${address} never heard`;
  const strength = claim.protocol === "vrrp" ? `priority ${claim.priority}` : claimWords(claim);
  return `${address} heard ${(lastHeardAgoMs / 1_000).toFixed(1)}s ago, ${strength}`;
}
