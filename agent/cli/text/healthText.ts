/** The checks and the peer link of a status for people. */

import type { AgentStatus } from "../../operator/agentStatus.ts";
import { secondMasterWords } from "../../operator/secondMasters.ts";
import { countWords, sinceWords } from "./reasonText.ts";
import { type Cell, type Colour, type Paint, tableLines } from "./table.ts";

type PeerView = NonNullable<AgentStatus["peerLink"]>["peers"][number];

const PEER_HEADINGS = ["PEER", "LINK", "ROLE", "HEARD", "ROUND TRIP", "CONFIGURATION", "PATHS"] as const;
const PEER_COLOURS: Readonly<Record<PeerView["state"], Colour>> = {
  connected: "green",
  unheard: "yellow",
  left: "yellow",
  lost: "red",
};

/** The checks, and the named state there is; nothing without either. */
export function checkTable({ checks, states }: AgentStatus, nowMs: number, paint: Paint): string[] {
  const rows = checks.map(({ name, kind, verdict, since, reason }): Cell[] => [
    { text: name },
    { text: kind },
    { text: verdict, colour: verdict === "good" ? "green" : "red" },
    { text: sinceWords(since, nowMs) },
    { text: reason },
  ]);
  const state = states === null ? [] : [`state ${states.state} since ${sinceWords(states.since, nowMs)}`];
  return [
    ...(rows.length === 0 ? [] : tableLines(["CHECK", "KIND", "VERDICT", "SINCE", "WHY"], rows, paint)),
    ...state,
  ];
}

/** The nodes of the peer link, with their roles here; nothing without one. */
export function peerTable({ peerLink }: AgentStatus, paint: Paint): string[] {
  if (peerLink === null) return [];
  const refused = countWords(peerLink.refusals);
  return [
    ...tableLines(PEER_HEADINGS, peerLink.peers.map(rowOf), paint),
    ...peerLink.secondMasters.map((second) =>
      paint({ text: `${second.virtualRouter}: ${secondMasterWords(second)}`, colour: "red" }),
    ),
    ...(refused === undefined ? [] : [`peer link refused ${refused}`]),
  ];
}

function rowOf(peer: PeerView): Cell[] {
  const { node, state, lastHeardAgoMs, roundTripMs, mismatched, protocolAlive, paths } = peer;
  const hangs = state === "connected" && !protocolAlive;
  return [
    { text: node },
    hangs ? { text: "protocols hang", colour: "red" } : { text: state, colour: PEER_COLOURS[state] },
    { text: rolesOf(peer) },
    { text: lastHeardAgoMs === null ? "never" : `${(lastHeardAgoMs / 1_000).toFixed(1)}s ago` },
    { text: roundTripMs === null ? "-" : `${roundTripMs.toFixed(1)}ms` },
    mismatched.length === 0 ? { text: "the same" } : { text: `differs: ${mismatched.join(", ")}`, colour: "red" },
    { text: paths.map(({ address, up }) => (up ? address : `${address} down`)).join(", ") },
  ];
}

/** One word where it is in one role, as it said last; each virtual router by name where there are several. */
function rolesOf({ state, routers }: PeerView): string {
  if (state !== "connected" || routers.length === 0) return "-";
  const [first, ...others] = new Map(routers.map(({ role }) => [role, routers.filter((one) => one.role === role)]));
  if (first === undefined || others.length === 0) return first?.[0] ?? "-";
  return [first, ...others].map(([role, those]) => `${role} of ${those.map(({ name }) => name).join(", ")}`).join("; ");
}
