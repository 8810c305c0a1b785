/** What a node makes of what its peers say of themselves: who is to be master after it, and who is master no longer. */
import type { PeerView, RouterView } from "../peers/protocol/view.ts";

/** What has to be known of a peer to ask it to succeed. */
export type Candidate = Pick<PeerView, "node" | "state" | "protocolAlive" | "routers">;

/** The peer that is preferred most of those that are ready to be master. */
export function bestSuccessor(peers: readonly Candidate[], virtualRouter: string): string | undefined {
  const heirs = peers.flatMap(({ node, state, protocolAlive, routers }) =>
    routers
      .filter(({ name, role }) => state === "connected" && protocolAlive && name === virtualRouter && role === "backup")
      .map(({ preference }) => ({ node, preference })),
  );
  return heirs.toSorted((a, b) => b.preference - a.preference)[0]?.node;
}

/** Masters that take no part any more, though nobody took over from them: their link is gone, or the node fell ill. */
export function formerMasters(before: readonly RouterView[], after: readonly RouterView[]): readonly RouterView[] {
  const masters = new Set(before.flatMap(({ name, role }) => (role === "master" ? [name] : [])));
  return after.filter(({ name, role }) => role === "initialize" && masters.has(name));
}
