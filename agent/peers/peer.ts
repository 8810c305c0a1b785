/** One peer over all its paths: whether it is there, and how that became so. */
import type { TLSSocket } from "node:tls";
import { AdvertisedState } from "./advertisedState.ts";
import { ConfigurationMismatch } from "./configurationMismatch.ts";
import { Connection } from "./connections/connection.ts";
import { type Ending, endingInWords } from "./connections/ending.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Pace } from "./detector.ts";
import { Introductions } from "./introductions.ts";
import type { Path } from "./path.ts";
import { Paths } from "./paths.ts";
import { Presence } from "./presence.ts";
import type { Farewell, Message, Remark, State } from "./protocol/message.ts";
import type { LogFields, LogLevel, PeerView } from "./protocol/view.ts";

const MICROS_PER_MS = 1_000;

export class Peer {
  readonly node: string;
  readonly #dependencies: Dependencies;
  readonly #paths: Paths;
  readonly #connections = new Set<Connection>();
  readonly #introductions: Introductions;
  readonly #presence: Presence;
  readonly #configuration = new ConfigurationMismatch();
  #advertised = new AdvertisedState();
  #instance: string | undefined;

  constructor(node: string, addresses: readonly string[], dependencies: Dependencies) {
    this.node = node;
    this.#dependencies = dependencies;
    this.#paths = new Paths(addresses);
    const { clock, connectionFailures, deadlineChanged, events } = dependencies;
    this.#introductions = new Introductions(node, connectionFailures, () => {
      this.#mismatch("version", "version of the peer link");
    });
    this.#presence = new Presence({
      clock,
      deadlineChanged,
      silenceMicros: () => this.#paths.limitMicros(this.#pace()),
      log: (level, message, fields) => {
        this.#log(level, message, fields);
      },
      events,
      view: () => this.view(),
    });
  }

  /** Takes a connection whose handshake is done. @param dialled as for `hello` */
  connect(socket: TLSSocket, dialled: number | null): void {
    const { hello, state, clock } = this.#dependencies;
    if (!this.#introductions.admit(this.#connections, socket.remoteAddress ?? "")) {
      socket.destroy();
      return;
    }
    const introduction = { hello: hello(dialled), state: state(), expectedNode: this.node, clock };
    const connection: Connection = new Connection(socket, introduction, {
      introduced: ({ instance, path }, theirState) => {
        const index = dialled ?? path ?? 0;
        if (this.#isKept(instance, index)) {
          connection.refuse("already-connected");
          return;
        }
        if (instance !== this.#instance) this.#meet(instance);
        this.#adopt(connection, index, theirState);
        // What changed since this side introduced itself was told on the paths that were up, and this was none of them.
        if (state().revision > introduction.state.revision) connection.send(state());
      },
      received: (remark) => {
        this.#received(connection, remark);
      },
      ended: (ending) => {
        const path = this.#paths.of(connection);
        if (path === undefined) this.#introductions.failed(connection.remoteAddress, ending);
        else this.#pathEnded(path, ending);
      },
    });
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
  }

  /** Says something on every path that is up. @returns whether there is one */
  send(message: Message): boolean {
    this.#paths.send(message);
    return this.#paths.up;
  }

  beat(nowMicros: number): void {
    this.#paths.beat(nowMicros);
    if (this.#presence.state !== "connected") return;
    const drifted = this.#configuration.takeOverdue(nowMicros);
    if (drifted.length > 0) this.#mismatch("config", `configuration of ${drifted.join(", ")}`);
  }

  /** This process was stalled for so long: it may not have heard what was said. */
  excuse(lateMicros: number, nowMicros: number): void {
    this.#paths.excuse(this.#pace(), lateMicros, nowMicros);
    const { state, missed } = this.#dependencies;
    this.#presence.excuse(lateMicros, missed() * state().heartbeatMicros, nowMicros);
  }

  /** When there is something to judge; Infinity: not before something happens. */
  deadlineMicros(): number {
    return Math.min(this.#paths.silentAtMicros(this.#pace()), this.#presence.deadlineMicros);
  }

  /** Ends the paths that are silent; with the last of them the peer is lost. */
  judge(nowMicros: number): void {
    const silent = this.#paths.silent(this.#pace(), nowMicros);
    for (const path of silent) {
      const silentMs = Math.round((nowMicros - (path.heardMicros ?? nowMicros)) / MICROS_PER_MS);
      this.#log("info", `path ${path.address} is down: silent for ${silentMs} ms`, { path: path.address });
      void path.finish({ kind: "close", reason: "silent" });
    }
    if (this.#paths.up) return;
    if (!this.#presence.judge(nowMicros) && silent.length > 0) this.#presence.end("silent");
  }

  /** One of its masters was asked whether it lives, over the protocol itself, and did not answer. */
  confirmLoss(): void {
    this.#presence.confirmLoss();
  }

  /** This node's virtual routers or the peer's are others than before. */
  compareConfig(): void {
    this.#configuration.follow(
      this.#dependencies.state().routers,
      this.#advertised.said.routers,
      this.#dependencies.clock(),
    );
  }

  /** Ends every connection. Resolves when they are closed. */
  async finish(farewell: Farewell): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.finish(farewell)));
  }

  view(): PeerView {
    const { heardMicros, roundTripMicros } = this.#paths;
    return {
      node: this.node,
      state: this.#presence.state,
      paths: this.#paths.view(),
      lastHeardAgoMs: heardMicros === undefined ? null : (this.#dependencies.clock() - heardMicros) / MICROS_PER_MS,
      roundTripMs: roundTripMicros === undefined ? null : roundTripMicros / MICROS_PER_MS,
      ...this.#advertised.said,
      configMatches: this.#configuration.differing.length === 0,
      mismatched: this.#configuration.differing,
      disprovedClosings: this.#presence.disprovedClosings,
      detectionMs: this.#paths.limitMicros(this.#pace()) / MICROS_PER_MS,
    };
  }

  /** Whether what speaks for the peer already is kept: who really took its place dials again until it is silent. */
  #isKept(instance: string, index: number): boolean {
    const nowMicros = this.#dependencies.clock();
    if (instance !== this.#instance) return this.#paths.someBeats(this.#pace(), nowMicros);
    return this.#paths.beatsAt(index, this.#pace(), nowMicros);
  }

  /** Another process than before speaks for the node, so the one before it is gone. */
  #meet(instance: string): void {
    this.#paths.forget();
    this.#presence.replaced();
    this.#instance = instance;
    this.#advertised = new AdvertisedState();
  }

  #adopt(connection: Connection, index: number, state: State): void {
    const { clock, events, deadlineChanged } = this.#dependencies;
    const path = this.#paths.at(index, connection.remoteAddress);
    const wasConnected = this.#presence.connected();
    const isNews = this.#advertised.take(state);
    this.compareConfig();
    path.adopt(connection, this.#pace(), clock());
    this.#introductions.succeeded(connection.remoteAddress);
    this.#logPath(`path ${path.address} is up`, path);
    deadlineChanged();
    if (!wasConnected) events.back(this.view());
    else if (isNews) events.changed(this.view());
  }

  #received(connection: Connection, remark: Remark): void {
    const { events, clock } = this.#dependencies;
    const path = this.#paths.of(connection);
    switch (remark.kind) {
      case "heartbeat":
        path?.hear(remark, this.#pace(), clock());
        this.#dependencies.heard();
        if (remark.echo !== null) this.#presence.answered(remark.echo.sentMicros);
        return;
      case "state":
        this.#hear(remark);
        return;
      case "offer":
        if (!this.#advertised.takeOffer(remark.number)) return;
        connection.send({ kind: "accepted", virtualRouter: remark.virtualRouter });
        events.offered(this.view(), remark.virtualRouter);
        return;
      case "accepted":
        events.accepted(this.view(), remark.virtualRouter);
        return;
    }
  }

  #hear(state: State): void {
    const { events, deadlineChanged } = this.#dependencies;
    const wasAlive = this.#advertised.said.protocolAlive;
    const isNews = this.#advertised.take(state);
    this.compareConfig();
    const { protocolAlive } = this.#advertised.said;
    if (wasAlive && !protocolAlive)
      this.#log("warn", "its agent runs, but the thread of its protocols does not answer");
    if (!wasAlive && protocolAlive) this.#log("info", "the thread of its protocols answers again");
    deadlineChanged();
    if (isNews) events.changed(this.view());
  }

  #pathEnded(path: Path, ending: Ending): void {
    path.drop();
    this.#logPath(`path ${path.address} is down: ${endingInWords(ending)}`, path);
    if (ending.kind === "goodbye") {
      this.#paths.forget();
      this.#presence.leave(ending.reason);
    } else if (!this.#paths.up) {
      if (ending.kind === "broken") this.#presence.end("closed");
      else this.#presence.miss("dismissed");
    }
  }

  #mismatch(what: "config" | "version", thing: string): void {
    this.#log("error", `has another ${thing}: roll the same one out to every node`, { what });
    this.#dependencies.events.mismatch(this.view(), what);
  }

  #pace(): Pace {
    const { state, missed } = this.#dependencies;
    return { intervalMicros: this.#advertised.heartbeatMicros ?? state().heartbeatMicros, missed: missed() };
  }

  /** Who closes connections at will fills no log with it. */
  #logPath(message: string, { address }: Path): void {
    const level = this.#presence.believesClosings ? "info" : "debug";
    this.#log(level, message, { path: address });
  }

  #log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#dependencies.events.log(level, `peer ${this.node}: ${message}`, { peer: this.node, ...fields });
  }
}
