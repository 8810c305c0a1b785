/** The virtual routers of a status for people: a table, and what does not fit into one. */

import type { AgentStatus } from "../../operator/agentStatus.ts";
import type { PeerStatus, VirtualRouterStatus } from "../../virtualRouter/status.ts";
import { masterOf, masterWords } from "./masterText.ts";
import { claimWords, countWords, ineligibleText, REASONS, sinceWords, withoutMs } from "./reasonText.ts";
import { type Cell, type Colour, type Paint, tableLines } from "./table.ts";

type Shown = Pick<AgentStatus, "virtualRouters" | "peerLink">;
type PeerView = NonNullable<AgentStatus["peerLink"]>["peers"][number];

const HEADINGS = ["VIRTUAL ROUTER", "PROTOCOL", "ID", "ROLE", "SINCE", "CLAIM", "MASTER", "ADDRESSES", "WHY"] as const;
const ROLE_COLOURS: Readonly<Record<VirtualRouterStatus["role"], Colour>> = {
  master: "green",
  backup: "bold",
  initialize: "red",
  resigning: "yellow",
  resuming: "yellow",
};

export function virtualRouterTable({ virtualRouters, peerLink }: Shown, nowMs: number, paint: Paint): string[] {
  const rows = virtualRouters.map((router) => rowOf(router, peerLink, nowMs));
  return tableLines(HEADINGS, rows, paint);
}

/**
 * Lines on one virtual router: which members it hears, what keeps it from being master, what was lost.
 * @param known the nodes of the peer link: a backup sends nothing, and only they can say that one is there.
 */
export function virtualRouterDetails(router: VirtualRouterStatus, known: readonly PeerView[]): string[] {
  const { name, peers, counters, role, ineligibleReason, startsAt, obstacles, conflicts } = router;
  const members = peers.map((peer) => ({ peer, backup: backupAmong(known, name, peer.address) }));
  const lines = members.map(({ peer, backup }) => `${name}: peer ${peerWords(peer, backup)}`);
  if (ineligibleReason !== null) lines.unshift(`${name}: ${ineligibleText(ineligibleReason)}`);
  const told = role === "master" ? "" : "takes no part: ";
  lines.unshift(...obstacles.map(({ message, blocks }) => `${name}: ${blocks ? told : ""}${message}`));
  lines.unshift(
    ...conflicts.map(
      ({ address, mac, interface: on }) => `${name}: another host answers for ${address} on ${on}: its MAC is ${mac}`,
    ),
  );
  if (startsAt !== null)
    lines.unshift(`${name}: waits out its startupDelay, takes part from ${withoutMs(startsAt)} on`);
  const isDoubtful = members.some(({ backup }) => backup === undefined);
  if (role === "master" && isDoubtful && peers.every(({ lastHeardAgoMs }) => lastHeardAgoMs === null)) {
    lines.push(
      `${name}: no advertisements received. Normal: backups are silent. If another node reports master too,`,
      `${" ".repeat(name.length)}  IP protocol 112 does not pass between the two: check security groups and firewalls.`,
    );
  }
  const dropped = countWords(counters.dropped);
  if (dropped !== undefined) lines.push(`${name}: dropped ${dropped}`);
  if (counters.repairs > 0) lines.push(`${name}: put addresses back ${counters.repairs} times that somebody removed`);
  const refused = countWords(counters.sendErrors);
  if (refused !== undefined) lines.push(`${name}: could not send ${refused}`);
  return lines;
}

/** The node with this own address, if the peer link knows that it is not master of this virtual router. */
function backupAmong(known: readonly PeerView[], virtualRouter: string, address: string): PeerView | undefined {
  return known.find(
    ({ state, routers }) =>
      state === "connected" &&
      routers.some(
        ({ name, sourceAddress, role }) =>
          name === virtualRouter && sourceAddress === address && (role === "backup" || role === "initialize"),
      ),
  );
}

function rowOf(router: VirtualRouterStatus, peerLink: Shown["peerLink"], nowMs: number): Cell[] {
  const { name, protocol, virtualRouterId, role, since, lastTransition } = router;
  const holds = role === "master" || role === "resigning";
  return [
    { text: name },
    { text: protocol },
    { text: String(virtualRouterId) },
    { text: role, colour: ROLE_COLOURS[role] },
    { text: sinceWords(since, nowMs) },
    claimCell(router),
    { text: holds ? "this node" : (masterWords(masterOf(router, peerLink)) ?? "not heard") },
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

function addressesCell({ addresses, addressesPresent }: VirtualRouterStatus, holds: boolean): Cell {
  const text = addresses.join(" ");
  if (addressesPresent) return { text: `${text} held` };
  return holds ? { text: `${text} MISSING`, colour: "red" } : { text: `${text} not held` };
}

function peerWords({ address, lastHeardAgoMs, claim }: PeerStatus, backup: PeerView | undefined): string {
  if (lastHeardAgoMs === null || claim === null) {
    return backup === undefined ? `${address} never heard` : `${address} silent: ${backup.node} is not master`;
  }
  const strength = claim.protocol === "vrrp" ? `priority ${claim.priority}` : claimWords(claim);
  return `${address} heard ${(lastHeardAgoMs / 1_000).toFixed(1)}s ago, ${strength}`;
}
