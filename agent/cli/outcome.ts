/** Waits until a node has given its roles up, and says who has them now. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Role, TransitionReason } from "../election/election.ts";
import type { AgentStatus } from "../operator/agentStatus.ts";
import type { VirtualRouterStatus } from "../virtualRouter/status.ts";
import { fetchStatus } from "./client.ts";
import { masterOf, masterWords } from "./text/masterText.ts";
import { REASONS } from "./text/reasonText.ts";

export interface Outcome {
  readonly virtualRouter: string;
  readonly role: Role;
  /** Own address of the master, as far as it is known here: heard, or by the peer link. */
  readonly masterAddress: string | null;
  /** Of its latest change of role; null: it never changed. */
  readonly reason: TransitionReason | null;
  /** The name of that node, as far as the peer link knows it. */
  readonly master: string | null;
  /** All that in a sentence. */
  readonly text: string;
}

const POLL_MS = 50;
/** Longer than any node waits for its successor: an advertisement interval of 40.95 s and a bit. */
const DEADLINE_MS = 50_000;
/** The successor's word of its role takes a round trip of the peer link, and more on a machine that is short of time. */
const WORD_MS = 1_000;

/** The virtual routers whose addresses this node has, by name. @throws AgentUnreachable */
export async function heldHere(socketPath: string): Promise<ReadonlySet<string>> {
  const status = await fetchStatus(socketPath);
  const routers = "problems" in status ? [] : status.virtualRouters;
  return new Set(routers.filter(({ role }) => role !== "backup" && role !== "initialize").map(({ name }) => name));
}

/**
 * Resolves when no virtual router resigns any more, and it is known who has it where a connected peer is to say so.
 * @param names of the virtual routers that matter; absent: all.
 * @throws AgentUnreachable
 */
export async function awaitRoles(socketPath: string, names?: readonly string[]): Promise<readonly Outcome[]> {
  const deadline = Date.now() + DEADLINE_MS;
  let wordDeadline = Infinity;
  for (;;) {
    const status = await fetchStatus(socketPath);
    const { virtualRouters, peerLink } = "problems" in status ? NOTHING : status;
    const those = virtualRouters.filter(({ name }) => names?.includes(name) ?? true);
    const outcomes = those.map((router) => outcomeOf(router, peerLink));
    if (Date.now() >= deadline) return outcomes;
    if (!("problems" in status) && those.every(({ role }) => role !== "resigning")) {
      wordDeadline = Math.min(wordDeadline, Date.now() + WORD_MS);
      const isToldLater = peerLink?.peers.some(({ state }) => state === "connected") ?? false;
      const isKnown = outcomes.every(({ role, masterAddress }) => role === "master" || masterAddress !== null);
      if (isKnown || !isToldLater || Date.now() >= wordDeadline) return outcomes;
    }
    await sleep(POLL_MS);
  }
}

const NOTHING: Pick<AgentStatus, "virtualRouters" | "peerLink"> = { virtualRouters: [], peerLink: null };

function outcomeOf(router: VirtualRouterStatus, peerLink: AgentStatus["peerLink"]): Outcome {
  const { name, role, lastTransition } = router;
  const known = masterOf(router, peerLink);
  const reason = lastTransition?.reason ?? null;
  const why = reason === null ? "" : ` (${REASONS[reason]})`;
  const words = role === "master" ? undefined : masterWords(known);
  const master = words === undefined ? "" : `, master is ${words}`;
  const text = `${name}: ${role}${master}${why}`;
  return { virtualRouter: name, role, masterAddress: known.address, master: known.node, reason, text };
}
