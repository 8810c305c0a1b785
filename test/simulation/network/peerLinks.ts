/**
 * A model of the peer link, without its connections: what agent/peers tells a node of the others, in the time it takes.
 * What a node makes of that is the agent's own code: see daemon/successor.ts. A path is there while both ways of its network
 * pass; that a process died is suspected at once where its kernel can say so, and else known by the silence of its
 * heartbeats. A stranger who sees the segment can close any connection, as a kernel does, and refuse new ones.
 */
import type { PeerLinkConfig } from "../../../agent/config/schema/peerLink.ts";
import type { PeerView } from "../../../agent/peers/protocol/view.ts";
import type { Agenda } from "../machine/agenda.ts";
import type { Random } from "../machine/random.ts";
import type { Server } from "../machine/server.ts";
import {
  distrustOf,
  knows,
  type Listener,
  NOTHING,
  noMemory,
  type Pair,
  type Process,
  type Said,
  viewOf,
} from "./peerPair.ts";
import type { Reach } from "./reach.ts";

const WORD_MICROS = 400;
/** What one that stood still gives its peers to be back: see agent/peers/reconnectGrace.ts. */
const RECONNECTION_MICROS = 4_000_000;
const SHORTEST_DIAL_MICROS = 5_000;
const DIAL_SPREAD_MICROS = 400_000;

export class PeerLinks {
  readonly #agenda: Agenda;
  readonly #random: Random;
  /** The networks of the paths, in their order. */
  readonly #networks: readonly Reach[];
  readonly #processes = new Map<string, Process>();
  readonly #pairs = new Map<string, Pair>();

  constructor(agenda: Agenda, random: Random, networks: readonly Reach[]) {
    this.#agenda = agenda;
    this.#random = random;
    this.#networks = networks;
  }

  /** A process starts; one before it of that name is gone. */
  begin(name: string, server: Server, link: PeerLinkConfig, listener: Listener): void {
    this.#processes.set(name, { name, server, link, listener, said: NOTHING, ...noMemory() });
    this.look();
  }

  /** A process is gone. @param how `killed`: its kernel closes its connections; `switched-off`: nobody says anything. */
  end(name: string, how: "killed" | "goodbye" | "switched-off"): void {
    if (!this.#processes.delete(name)) return;
    for (const pair of this.#pairs.values()) {
      if (!pair.isUp || !pair.ends.includes(name)) continue;
      const other = this.#processes.get(pair.ends[0] === name ? pair.ends[1] : pair.ends[0]);
      const isSilent = how === "switched-off" || !this.#isReached(pair.ends);
      if (isSilent) this.#awaitSilence(pair, name);
      else {
        this.#fall(pair);
        if (other !== undefined && how === "goodbye") this.#part(other, name, "left");
        else if (other !== undefined) this.#suspect(other, name, undefined, pair);
      }
    }
  }

  /** A stranger ends the connections of two nodes in their names, and each new one for so long. */
  reset(one: string, other: string, forMicros: number): void {
    const pair = this.#pairOf(one, other);
    pair.resetUntilMicros = Math.max(pair.resetUntilMicros, this.#agenda.nowMicros + forMicros);
    if (!pair.isUp) return;
    this.#fall(pair);
    const [first, second] = pair.ends.map((name) => this.#processes.get(name));
    if (first !== undefined) this.#suspect(first, pair.ends[1], second, pair);
    if (second !== undefined) this.#suspect(second, pair.ends[0], first, pair);
    this.look();
  }

  /** A master that was asked whether it lives did not answer. */
  confirmLoss(name: string, virtualRouter: string): void {
    const process = this.#processes.get(name);
    for (const [peer] of process?.closed ?? []) {
      const was = process?.views.get(peer)?.routers.find((router) => router.name === virtualRouter);
      if (process !== undefined && was?.role === "master") this.#part(process, peer, "lost");
    }
  }

  /** A process says something else of itself than before. */
  say(name: string, said: Said): void {
    const process = this.#processes.get(name);
    if (process === undefined) return;
    process.said = said;
    for (const other of this.#linked(name)) {
      const hear = (view: PeerView): void => {
        this.#hear(other, { ...view, ...said });
      };
      this.#tell(other, hear, name);
    }
  }

  offer(from: string, to: string, virtualRouter: string): void {
    const heir = this.#linked(from).find(({ name }) => name === to);
    if (heir === undefined) return;
    this.#later(heir, () => {
      heir.listener.offered(virtualRouter);
    });
  }

  peers(name: string): readonly PeerView[] {
    return [...(this.#processes.get(name)?.views.values() ?? [])];
  }

  /** Sees who can talk to whom; to be called whenever that may have changed. */
  look(): void {
    const processes = [...this.#processes.values()];
    for (const [index, one] of processes.entries()) {
      for (const other of processes.slice(index + 1)) {
        if (!knows(one, other) || !knows(other, one)) continue;
        const pair = this.#pairOf(one.name, other.name);
        const talk = this.#isReached(pair.ends) && !one.server.isStalled && !other.server.isStalled;
        if (pair.isUp && !talk) this.#awaitSilence(pair, undefined);
        if (!pair.isUp && talk) this.#dial(pair);
      }
    }
  }

  #pairOf(one: string, other: string): Pair {
    const ends = one < other ? ([one, other] as const) : ([other, one] as const);
    const key = ends.join();
    const known = this.#pairs.get(key) ?? { ends, isUp: false, number: 0, isWaiting: false, resetUntilMicros: 0 };
    this.#pairs.set(key, known);
    return known;
  }

  #isReached([one, other]: Pair["ends"]): boolean {
    const first = this.#processes.get(one) ?? this.#processes.get(other);
    const paths = first?.link.listen.length ?? 1;
    return this.#networks.slice(0, paths).some((network, index) => {
      const isPlugged = (name: string): boolean =>
        index > 0 || (this.#processes.get(name)?.server.link.running ?? true);
      return network.passes(one, other) && network.passes(other, one) && isPlugged(one) && isPlugged(other);
    });
  }

  /** The link goes down if nothing is heard for as long as heartbeats may be missed. */
  #awaitSilence(pair: Pair, gone: string | undefined): void {
    if (pair.isWaiting) return;
    pair.isWaiting = true;
    const number = ++pair.number;
    const some = this.#processes.get(pair.ends[0]) ?? this.#processes.get(pair.ends[1]);
    const { heartbeat, missed } = some?.link ?? { heartbeat: 0, missed: 0 };
    this.#agenda.in(heartbeat * missed + this.#random.below(heartbeat + 1), () => {
      if (pair.number !== number) return;
      pair.isWaiting = false;
      const ends = pair.ends.map((name) => this.#processes.get(name));
      const isThere = ends.every((end) => end !== undefined && !end.server.isStalled && end.name !== gone);
      if (gone === undefined && isThere && this.#isReached(pair.ends)) return;
      this.#fall(pair);
      for (const end of ends) {
        const other = pair.ends[0] === end?.name ? pair.ends[1] : pair.ends[0];
        if (end !== undefined) this.#miss(end, other, pair);
      }
      this.look();
    });
  }

  /** Its connections were closed: it has as long as its silence would take to be back. */
  #suspect(process: Process, peer: string, was: Process | undefined, pair: Pair): void {
    process.closed.set(peer, was);
    const { number } = pair;
    this.#tell(
      process,
      (view) => {
        const isBelieved = distrustOf(process, peer).believes(this.#agenda.nowMicros);
        if (view.state === "connected" && isBelieved) process.listener.suspected(view);
      },
      peer,
    );
    this.#agenda.in(process.link.heartbeat * process.link.missed, () => {
      if (pair.isUp || !process.closed.has(peer) || pair.number < number) return;
      this.#part(process, peer, "lost");
    });
  }

  /** One that stood still itself blames nobody at once: the other one may be back in a moment. */
  #miss(process: Process, peer: string, pair: Pair): void {
    if (!process.server.isStalled) {
      this.#part(process, peer, "lost");
      return;
    }
    process.server.tell(() => {
      this.#agenda.in(RECONNECTION_MICROS, () => {
        if (!pair.isUp && this.#processes.get(process.name) === process) this.#part(process, peer, "lost");
      });
    });
  }

  #dial(pair: Pair): void {
    if (pair.isWaiting) return;
    pair.isWaiting = true;
    const number = ++pair.number;
    this.#agenda.in(SHORTEST_DIAL_MICROS + this.#random.below(DIAL_SPREAD_MICROS), () => {
      if (pair.number !== number) return;
      pair.isWaiting = false;
      const [one, other] = pair.ends.map((name) => this.#processes.get(name));
      if (one === undefined || other === undefined || one.server.isStalled || other.server.isStalled) return;
      if (!this.#isReached(pair.ends)) return;
      if (this.#agenda.nowMicros < pair.resetUntilMicros) {
        this.look();
        return;
      }
      pair.isUp = true;
      this.#meet(one, other);
      this.#meet(other, one);
    });
  }

  #fall(pair: Pair): void {
    pair.isUp = false;
    pair.isWaiting = false;
    pair.number += 1;
  }

  #meet(process: Process, peer: Process): void {
    if (process.closed.get(peer.name) === peer) distrustOf(process, peer.name).disprove(this.#agenda.nowMicros);
    process.closed.delete(peer.name);
    this.#later(process, () => {
      const isNew = this.#pairOf(process.name, peer.name).isUp;
      if (isNew) this.#hear(process, { ...viewOf(peer.name, "connected", process.link), ...peer.said });
    });
  }

  #part(process: Process, peer: string, state: "lost" | "left"): void {
    this.#tell(
      process,
      (view) => {
        process.closed.delete(peer);
        if (view.state !== "connected") return;
        const after = { ...view, state };
        process.views.set(peer, after);
        if (state === "lost") process.listener.lost(after);
        else process.listener.changed(after);
      },
      peer,
    );
  }

  #hear(process: Process, view: PeerView): void {
    process.views.set(view.node, view);
    process.listener.changed(view);
  }

  #tell(process: Process, word: (view: PeerView) => void, peer: string): void {
    this.#later(process, () => {
      const view = process.views.get(peer);
      if (view !== undefined) word(view);
    });
  }

  /** In the process's own thread, once the word has got there; nobody hears it who is gone by then. */
  #later(process: Process, work: () => void): void {
    this.#agenda.in(WORD_MICROS + this.#random.below(WORD_MICROS), () => {
      if (this.#processes.get(process.name) === process) process.server.tell(work);
    });
  }

  #linked(name: string): Process[] {
    return [...this.#pairs.values()].flatMap(({ ends, isUp }) => {
      if (!isUp || !ends.includes(name)) return [];
      return this.#processes.get(ends[0] === name ? ends[1] : ends[0]) ?? [];
    });
  }
}
