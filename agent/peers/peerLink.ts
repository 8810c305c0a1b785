/**
 * The peer link of one node: authenticated connections to the other agents of its group, which tell it within
 * milliseconds that one died, and within a few heartbeats that one is silent.
 *
 * It informs the elections and decides nothing: without it, the protocols alone find out.
 *
 * Of two nodes the one with the smaller name dials every address of the other; each address is a path. A peer is lost
 * when no path is left: each was closed by the peer's kernel without a word, or is silent (detector.ts).
 */
import { randomUUID } from "node:crypto";
import type { PeerLinkConfig } from "../config/schema/peerLink.ts";
import { ConnectionFailures } from "./connections/connectionFailures.ts";
import { DeadlineTimer } from "./deadlineTimer.ts";
import { LINK_VERSION, type State } from "./protocol/message.ts";
import type { PeerEvents, PeerView, RouterView } from "./protocol/view.ts";
import { Roster } from "./roster.ts";

/** A timer that is later than this was not late because of its resolution: this process was stalled. */
const STALL_MICROS = 5_000;
/** What a message takes as a reason. */
const MAX_REASON = 64;

export class PeerLink {
  readonly #clock: () => number;
  readonly #connectionFailures: ConnectionFailures;
  readonly #roster: Roster;
  readonly #heartbeat: DeadlineTimer;
  readonly #judgement: DeadlineTimer;
  #config: PeerLinkConfig;
  #state: State;
  #stateIsNews = false;
  #offers = 0;
  #running = false;

  /** @param node the name of this node @param clock monotonic microseconds */
  constructor(config: PeerLinkConfig, node: string, events: PeerEvents, clock: () => number = monotonicMicros) {
    this.#config = config;
    this.#clock = clock;
    this.#state = {
      kind: "state",
      revision: 0,
      heartbeatMicros: config.heartbeat,
      protocolAlive: true,
      routers: [],
    };
    this.#connectionFailures = new ConnectionFailures((level, message, fields) => {
      events.log(level, message, fields);
    }, clock);
    const instance = randomUUID();
    this.#roster = new Roster(node, {
      events,
      connectionFailures: this.#connectionFailures,
      clock,
      hello: (path) => ({ kind: "hello", version: LINK_VERSION, node, instance, path }),
      state: () => this.#state,
      missed: () => this.#config.missed,
      heard: () => {
        this.#answer();
      },
      deadlineChanged: () => {
        this.#setJudgement();
      },
    });
    this.#heartbeat = new DeadlineTimer(clock, (lateMicros) => {
      this.#beat(lateMicros);
    });
    this.#judgement = new DeadlineTimer(clock, (lateMicros) => {
      this.#excuse(lateMicros);
      // By then the sockets were read: what waited there after a stall counts as heard.
      setImmediate(() => {
        this.#judge();
      });
    });
  }

  /** Listens and dials. Resolves once listening was tried on every address; what fails is tried again forever. */
  async start(): Promise<void> {
    this.#running = true;
    this.#heartbeat.set(this.#clock() + this.#config.heartbeat);
    await this.#roster.adopt(this.#config);
  }

  /** Says goodbye to everybody. Resolves when all is closed, within a second. */
  async stop(reason: string): Promise<void> {
    this.#say();
    this.#running = false;
    this.#heartbeat.set(Infinity);
    this.#judgement.set(Infinity);
    await this.#roster.close(reason.slice(0, MAX_REASON));
  }

  /**
   * Goes by another configuration. Peers that it does not concern stay connected; a changed key, port or own address
   * concerns all. Resolves as `start` does.
   */
  async reconfigure(config: PeerLinkConfig): Promise<void> {
    this.#config = config;
    this.#tell({ heartbeatMicros: config.heartbeat });
    if (!this.#running) return;
    this.#heartbeat.set(Math.min(this.#heartbeat.atMicros, this.#clock() + config.heartbeat));
    await this.#roster.adopt(config);
    this.#setJudgement();
  }

  /** What this node's virtual routers are now; the peers hear it at once when it is another thing than before. */
  publish(routers: readonly RouterView[]): void {
    if (areSame(routers, this.#state.routers)) return;
    this.#tell({ routers });
    for (const peer of this.#roster.peers()) peer.compareConfig();
  }

  /** What the peers are to know of this machine; they hear it at once when it is another thing than before. */
  describeMachine(machine: Pick<State, "instanceId" | "inMaintenance">): void {
    const { instanceId, inMaintenance } = this.#state;
    if (machine.instanceId === instanceId && machine.inMaintenance === inMaintenance) return;
    this.#tell(machine);
  }

  /** Whether the thread of this node's protocols answers; the peers report it when it does not. */
  setProtocolAlive(protocolAlive: boolean): void {
    if (protocolAlive !== this.#state.protocolAlive) this.#tell({ protocolAlive });
  }

  /**
   * Asks a peer to be the next master of a virtual router, at once; its `accepted` says that it heard.
   * @returns whether there was a path to ask on
   */
  offer(node: string, virtualRouter: string): boolean {
    this.#offers += 1;
    return this.#roster.get(node)?.send({ kind: "offer", number: this.#offers, virtualRouter }) ?? false;
  }

  /** A master of a virtual router did not answer when it was asked whether it lives: the peer that had it is lost. */
  confirmLoss(virtualRouter: string): void {
    for (const peer of this.#roster.peers()) {
      const was = peer.view().routers.find(({ name }) => name === virtualRouter);
      if (was?.role === "master") peer.confirmLoss();
    }
  }

  /** All peers of the configuration, as they are now; none before `start`. */
  peers(): readonly PeerView[] {
    return this.#roster.peers().map((peer) => peer.view());
  }

  /** By reason (see Refusal), connections that were not made or not accepted, since the start. */
  refusals(): Readonly<Record<string, number>> {
    return this.#connectionFailures.counts();
  }

  /** Changes what the peers are told; several changes at a time make one message. */
  #tell(change: Partial<Omit<State, "kind" | "revision">>): void {
    this.#state = { ...this.#state, ...change, revision: this.#state.revision + 1 };
    if (this.#stateIsNews) return;
    this.#stateIsNews = true;
    queueMicrotask(() => {
      this.#say();
    });
  }

  #say(): void {
    if (!this.#stateIsNews) return;
    this.#stateIsNews = false;
    for (const peer of this.#roster.peers()) peer.send(this.#state);
  }

  #beat(lateMicros: number): void {
    this.#excuse(lateMicros);
    // On a schedule of its own, whatever this takes; beats that a stall ate are left out.
    this.#beatAgain(Math.min(lateMicros, this.#config.heartbeat));
  }

  /** A node that was woken by a peer's heartbeat sends its own along: two nodes need not wake each other at two times. */
  #answer(): void {
    const isSoonDue = this.#heartbeat.atMicros - this.#clock() < this.#config.heartbeat / 2;
    if (this.#running && isSoonDue) this.#beatAgain(0);
  }

  #beatAgain(lateMicros: number): void {
    const nowMicros = this.#clock();
    for (const peer of this.#roster.peers()) peer.beat(nowMicros);
    this.#heartbeat.set(nowMicros + this.#config.heartbeat - lateMicros);
    // While all is well it is moved on before it rings.
    this.#setJudgement();
  }

  #excuse(lateMicros: number): void {
    if (lateMicros < STALL_MICROS) return;
    const nowMicros = this.#clock();
    for (const peer of this.#roster.peers()) peer.excuse(lateMicros, nowMicros);
  }

  #judge(): void {
    const nowMicros = this.#clock();
    for (const peer of this.#roster.peers()) peer.judge(nowMicros);
    this.#setJudgement();
  }

  /** At the earliest of all deadlines. One that has moved away since costs a look. */
  #setJudgement(): void {
    if (!this.#running) return;
    const atMicros = Math.min(...this.#roster.peers().map((peer) => peer.deadlineMicros()));
    if (atMicros !== this.#judgement.atMicros) this.#judgement.set(atMicros);
  }
}

function areSame(routers: readonly RouterView[], before: readonly RouterView[]): boolean {
  if (routers.length !== before.length) return false;
  return routers.every((router, place) => {
    const was = before[place];
    return router === was || JSON.stringify(router) === JSON.stringify(was);
  });
}

/** Microseconds of CLOCK_MONOTONIC. */
function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
