/** What a peer says of itself: the latest of it, over whichever path it came, and whether that is news. */
import type { State } from "./protocol/message.ts";
import type { PeerView } from "./protocol/view.ts";

/** What the peer's words mean for its view. */
export type Said = Pick<PeerView, "routers" | "protocolAlive" | "instanceId" | "inMaintenance">;

export class AdvertisedState {
  #state: State | undefined;
  #lastOffer = -1;

  /** Takes what a peer says, unless it is older than what was heard before. @returns whether it says another thing than before */
  take(state: State): boolean {
    const before = this.#state;
    if (before !== undefined && state.revision <= before.revision) return false;
    this.#state = state;
    return before !== undefined && wordsOf(before) !== wordsOf(state);
  }

  /** Whether an offer of this number was not heard over another path already. */
  takeOffer(number: number): boolean {
    if (number <= this.#lastOffer) return false;
    this.#lastOffer = number;
    return true;
  }

  /** Undefined as long as it said nothing. */
  get heartbeatMicros(): number | undefined {
    return this.#state?.heartbeatMicros;
  }

  get said(): Said {
    const { routers, protocolAlive = true, instanceId, inMaintenance = false }: Partial<State> = this.#state ?? {};
    return { routers: routers ?? [], protocolAlive, instanceId, inMaintenance };
  }
}

function wordsOf({ routers, protocolAlive, instanceId, inMaintenance }: State): string {
  return JSON.stringify([protocolAlive, routers, instanceId, inMaintenance]);
}
