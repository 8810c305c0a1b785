/** Waits until a node has given its roles up, and says who has them now. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Role, TransitionReason } from "../election/election.ts";
import type { VirtualRouterStatus } from "../node/status.ts";
import { fetchStatus } from "./client.ts";
import { REASONS } from "./words.ts";

export interface Outcome {
  readonly virtualRouter: string;
  readonly role: Role;
  /** Own address of the master, as far as it is known here. */
  readonly masterAddress: string | null;
  /** Of its latest change of role; null: it never changed. */
  readonly reason: TransitionReason | null;
  /** All that in a sentence. */
  readonly text: string;
}

const POLL_MS = 50;
/** Longer than any node waits for its successor: an advertisement interval of 40.95 s and a bit. */
const DEADLINE_MS = 50_000;

/** The virtual routers whose addresses this node has, by name. @throws AgentUnreachable */
export async function heldHere(socketPath: string): Promise<ReadonlySet<string>> {
  const status = await fetchStatus(socketPath);
  const routers = "problems" in status ? [] : status.virtualRouters;
  return new Set(routers.filter(({ role }) => role !== "backup" && role !== "initialize").map(({ name }) => name));
}

/**
 * Resolves when no virtual router resigns any more.
 * @param names of the virtual routers that matter; absent: all.
 * @throws AgentUnreachable
 */
export async function awaitRoles(socketPath: string, names?: readonly string[]): Promise<readonly Outcome[]> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const status = await fetchStatus(socketPath);
    const routers = "problems" in status ? [] : status.virtualRouters;
    const those = routers.filter(({ name }) => names?.includes(name) ?? true);
    const isOver = !("problems" in status) && those.every(({ role }) => role !== "resigning");
    if (isOver || Date.now() >= deadline) return those.map(outcomeOf);
    await sleep(POLL_MS);
  }
}

function outcomeOf({ name, role, masterAddress, lastTransition }: VirtualRouterStatus): Outcome {
  const reason = lastTransition?.reason ?? null;
  const why = reason === null ? "" : ` (${REASONS[reason]})`;
  const master = role === "master" || masterAddress === null ? "" : `, master is ${masterAddress}`;
  return { virtualRouter: name, role, masterAddress, reason, text: `${name}: ${role}${master}${why}` };
}
