/**
 * Two masters of one virtual router that know of each other by the peer link: the protocol does not pass between them, or
 * the lesser would have yielded. Pure; time is an argument, in microseconds of a monotonic clock.
 */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { PeerView } from "../peers/protocol/view.ts";
import type { VirtualRouterState } from "../virtualRouter/nodeState.ts";

/** A peer that is master of the same virtual router as this node. */
export interface SecondMaster {
  readonly virtualRouter: string;
  /** The peer. */
  readonly node: string;
  /** The better of the two, whose advertisements do not reach the other; null when they are equal. */
  readonly deaf: { readonly from: string; readonly to: string } | null;
}

/** A handover, or the end of a split: each is told of the other's role a moment after it changed. */
const TOLERATED_MICROS = 1_000_000;
const MICROS_PER_SECOND = 1_000_000;

interface Sighting extends SecondMaster {
  readonly sinceMicros: number;
  readonly overdueAtMicros: number;
  isTaken: boolean;
}

export class SecondMasters {
  /** By virtual router and peer. */
  #sightings: ReadonlyMap<string, Sighting> = new Map();

  /** The roles are these now; who was seen before goes on. */
  follow(node: string, own: readonly VirtualRouterState[], peers: readonly PeerView[], nowMicros: number): void {
    const sightings = own.flatMap((router): [string, Sighting][] =>
      mastersBeside(node, router, peers).map((second) => {
        const key = JSON.stringify([second.virtualRouter, second.node]);
        const { sinceMicros = nowMicros, isTaken = false } = this.#sightings.get(key) ?? {};
        const overdueAtMicros = sinceMicros + longestIntervalMicros(router.config) + TOLERATED_MICROS;
        return [key, { ...second, sinceMicros, overdueAtMicros, isTaken }];
      }),
    );
    this.#sightings = new Map(sightings);
  }

  /** Those that last for longer than it takes to hear each other. */
  overdue(nowMicros: number): readonly SecondMaster[] {
    return [...this.#sightings.values()]
      .filter(({ overdueAtMicros }) => overdueAtMicros <= nowMicros)
      .map(({ virtualRouter, node, deaf }) => ({ virtualRouter, node, deaf }));
  }

  /** The same, each once until it was over. */
  takeOverdue(nowMicros: number): readonly SecondMaster[] {
    const news = [...this.#sightings.values()].filter(
      ({ overdueAtMicros, isTaken }) => overdueAtMicros <= nowMicros && !isTaken,
    );
    for (const sighting of news) sighting.isTaken = true;
    return news.map(({ virtualRouter, node, deaf }) => ({ virtualRouter, node, deaf }));
  }

  /** When the next one is overdue; Infinity: none. */
  deadlineMicros(): number {
    const waiting = [...this.#sightings.values()].filter(({ isTaken }) => !isTaken);
    return Math.min(...waiting.map(({ overdueAtMicros }) => overdueAtMicros));
  }
}

/** In a sentence, the same on both nodes. */
export function secondMasterWords({ node, deaf }: Pick<SecondMaster, "node" | "deaf">): string {
  const way = deaf === null ? "between the two" : `from ${deaf.from} to ${deaf.to}`;
  return `${node} is master too: protocol 112 does not pass ${way}`;
}

function mastersBeside(
  node: string,
  { config, role, preference }: VirtualRouterState,
  peers: readonly PeerView[],
): SecondMaster[] {
  if (role !== "master") return [];
  return peers.flatMap((peer): SecondMaster[] => {
    const theirs = peer.routers.find(({ name }) => name === config.name);
    if (peer.state !== "connected" || !peer.protocolAlive || theirs?.role !== "master") return [];
    const [from, to] = preference > theirs.preference ? [node, peer.node] : [peer.node, node];
    const deaf = preference === theirs.preference ? null : { from, to };
    return [{ virtualRouter: config.name, node: peer.node, deaf }];
  });
}

/** Of a master: within it both have advertised. CARP's skew adds up to a second. */
function longestIntervalMicros(config: VirtualRouterConfig): number {
  if (config.protocol === "vrrp") return config.advertisementInterval;
  return (config.advertisementBase + 1) * MICROS_PER_SECOND;
}
