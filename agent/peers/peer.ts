/** One peer over all its paths: whether it is there, and how that became so. */
import type { TLSSocket } from "node:tls";
import { AdvertisedState } from "./advertisedState.ts";
import { ConfigurationMismatch } from "./configurationMismatch.ts";
import { Connection } from "./connections/connection.ts";
import { type Ending, endingInWords, refusalOfEnding } from "./connections/ending.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Pace } from "./detector.ts";
import { Distrust } from "./distrust.ts";
import type { Path } from "./path.ts";
import { Paths } from "./paths.ts";
import type { Farewell, Message, Remark, State } from "./protocol/message.ts";
import type { LogFields, LogLevel, PeerState, PeerView } from "./protocol/view.ts";
import { type Ended, ReconnectGrace } from "./reconnectGrace.ts";

const MICROS_PER_MS = 1_000;
/** Connections under way to an introduction: what a peer with four paths makes when all of them end at once, twice. */
const MAX_NOT_INTRODUCED = 8;

export class Peer {
  readonly node: string;
  readonly #dependencies: Dependencies;
  readonly #paths: Paths;
  readonly #connections = new Set<Connection>();
  readonly #absence = new ReconnectGrace();
  readonly #distrust = new Distrust();
  readonly #drift = new ConfigurationMismatch();
  #testimony = new AdvertisedState();
  #state: PeerState = "unheard";
  #instance: string | undefined;
  #versionMatches = true;
  /** Its last path was closed without a goodbye, by its end or by somebody else. */
  #wasClosed = false;

  constructor(node: string, addresses: readonly string[], dependencies: Dependencies) {
    this.node = node;
    this.#dependencies = dependencies;
    this.#paths = new Paths(addresses);
  }

  /** Takes a connection whose handshake is done. @param dialled as for `hello` */
  connect(socket: TLSSocket, dialled: number | null): void {
    const { hello, state, clock, connectionFailures: complaints } = this.#dependencies;
    if ([...this.#connections].filter(({ isIntroduced }) => !isIntroduced).length >= MAX_NOT_INTRODUCED) {
      complaints.addOfPath(this.node, socket.remoteAddress ?? "", "too-many", "connections without an introduction");
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
        if (path === undefined) this.#notIntroduced(connection, ending);
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
    if (this.#state !== "connected") return;
    const drifted = this.#drift.takeOverdue(nowMicros);
    if (drifted.length > 0) this.#mismatch("config", `configuration of ${drifted.join(", ")}`);
  }

  /** This process was stalled for so long: it may not have heard what was said. */
  excuse(lateMicros: number, nowMicros: number): void {
    this.#paths.excuse(this.#pace(), lateMicros, nowMicros);
    const { state, missed } = this.#dependencies;
    this.#absence.excuse(lateMicros, missed() * state().heartbeatMicros, nowMicros);
  }

  /** When there is something to judge; Infinity: not before something happens. */
  deadlineMicros(): number {
    return Math.min(this.#paths.silentAtMicros(this.#pace()), this.#absence.untilMicros);
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
    if (this.#absence.untilMicros <= nowMicros) this.#lose(this.#absence.ended === "closed" ? "closed" : "silent");
    else if (silent.length > 0) this.#end("silent");
  }

  /** One of its masters was asked whether it lives, over the protocol itself, and did not answer. */
  confirmLoss(): void {
    if (this.#absence.ended === "closed") this.#lose("closed");
  }

  /** This node's virtual routers or the peer's are others than before. */
  compareConfig(): void {
    this.#drift.follow(this.#dependencies.state().routers, this.#testimony.said.routers, this.#dependencies.clock());
  }

  /** Ends every connection. Resolves when they are closed. */
  async finish(farewell: Farewell): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.finish(farewell)));
  }

  view(): PeerView {
    const { heardMicros, roundTripMicros } = this.#paths;
    return {
      node: this.node,
      state: this.#state,
      paths: this.#paths.view(),
      lastHeardAgoMs: heardMicros === undefined ? null : (this.#dependencies.clock() - heardMicros) / MICROS_PER_MS,
      roundTripMs: roundTripMicros === undefined ? null : roundTripMicros / MICROS_PER_MS,
      ...this.#testimony.said,
      configMatches: this.#drift.differing.length === 0,
      mismatched: this.#drift.differing,
      disprovedClosings: this.#distrust.count,
      detectionMs: this.#paths.limitMicros(this.#pace()) / MICROS_PER_MS,
    };
  }

  /**
   * Whether what is there already is kept: a process that still speaks for the peer is not replaced by another one, nor a
   * path by a second connection. Who really took its place dials again until it is silent.
   */
  #isKept(instance: string, index: number): boolean {
    const nowMicros = this.#dependencies.clock();
    if (instance !== this.#instance) return this.#paths.someBeats(this.#pace(), nowMicros);
    return this.#paths.beatsAt(index, this.#pace(), nowMicros);
  }

  /** Another process than before speaks for the node, so the one before it is gone. */
  #meet(instance: string): void {
    this.#paths.forget();
    if (this.#state === "connected") this.#lose("closed");
    this.#wasClosed = false;
    this.#instance = instance;
    this.#testimony = new AdvertisedState();
  }

  #adopt(connection: Connection, index: number, state: State): void {
    const { clock, connectionFailures: complaints, events, deadlineChanged } = this.#dependencies;
    const path = this.#paths.at(index, connection.remoteAddress);
    const wasConnected = this.#state === "connected";
    if (this.#wasClosed) this.#disprove();
    this.#state = "connected";
    this.#versionMatches = true;
    this.#absence.end();
    const isNews = this.#testimony.take(state);
    this.compareConfig();
    path.adopt(connection, this.#pace(), clock());
    complaints.forgetOfPath(this.node, connection.remoteAddress);
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
        if (remark.echo !== null) this.#absence.answered(remark.echo.sentMicros);
        return;
      case "state":
        this.#hear(remark);
        return;
      case "offer":
        if (!this.#testimony.takeOffer(remark.number)) return;
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
    const wasAlive = this.#testimony.said.protocolAlive;
    const isNews = this.#testimony.take(state);
    this.compareConfig();
    const { protocolAlive } = this.#testimony.said;
    if (wasAlive && !protocolAlive)
      this.#log("warn", "its agent runs, but the thread of its protocols does not answer");
    if (!wasAlive && protocolAlive) this.#log("info", "the thread of its protocols answers again");
    deadlineChanged();
    if (isNews) events.changed(this.view());
  }

  #pathEnded(path: Path, ending: Ending): void {
    path.drop();
    const why = endingInWords(ending);
    this.#logPath(`path ${path.address} is down: ${why}`, path);
    if (ending.kind === "goodbye") {
      this.#leave(ending.reason);
    } else if (!this.#paths.up) {
      if (ending.kind === "broken") this.#end("closed");
      else this.#miss("dismissed");
    }
  }

  /** No path is left, and the peer did not say that it goes on. */
  #end(ended: "closed" | "silent"): void {
    const nowMicros = this.#dependencies.clock();
    if (this.#absence.isExcused(nowMicros)) this.#miss("dismissed");
    else if (ended === "silent") this.#lose("silent");
    else {
      this.#wasClosed = true;
      this.#miss("closed");
      if (this.#distrust.believes(nowMicros)) this.#dependencies.events.suspected(this.view());
    }
  }

  /** It may go on, so only the time that silence takes makes it lost. */
  #miss(ended: Ended): void {
    const { clock, deadlineChanged } = this.#dependencies;
    this.#absence.begin(ended, clock() + this.#paths.limitMicros(this.#pace()));
    deadlineChanged();
  }

  /** The process whose connections were closed is back: it never died. */
  #disprove(): void {
    this.#wasClosed = false;
    if (!this.#distrust.disprove(this.#dependencies.clock())) return;
    const remedy = "look for a firewall or a NAT that ends connections, or for a stranger on the segment";
    this.#log("warn", "its connections are closed again and again though it lives: only its silence counts", {
      remedy,
    });
  }

  #lose(why: "closed" | "silent"): void {
    this.#absence.end();
    this.#state = "lost";
    const message = why === "closed" ? "lost: every path was closed, and none is back" : "lost: silent on every path";
    this.#log("warn", message, { why });
    this.#dependencies.events.lost(this.view(), why);
  }

  #leave(reason: string): void {
    this.#paths.forget();
    this.#absence.end();
    if (this.#state === "left") return;
    this.#state = "left";
    this.#log("info", `said goodbye: ${reason}`, { reason });
    this.#dependencies.events.left(this.view(), reason);
  }

  #notIntroduced(connection: Connection, ending: Ending): void {
    const reason = refusalOfEnding(ending);
    this.#dependencies.connectionFailures.addOfPath(this.node, connection.remoteAddress, reason, endingInWords(ending));
    if (reason !== "version-mismatch" || !this.#versionMatches) return;
    this.#versionMatches = false;
    this.#mismatch("version", "version of the peer link");
  }

  #mismatch(what: "config" | "version", thing: string): void {
    this.#log("error", `has another ${thing}: roll the same one out to every node`, { what });
    this.#dependencies.events.mismatch(this.view(), what);
  }

  #pace(): Pace {
    const { state, missed } = this.#dependencies;
    return { intervalMicros: this.#testimony.heartbeatMicros ?? state().heartbeatMicros, missed: missed() };
  }

  /** Who closes connections at will fills no log with it. */
  #logPath(message: string, { address }: Path): void {
    const level = this.#distrust.believes(this.#dependencies.clock()) ? "info" : "debug";
    this.#log(level, message, { path: address });
  }

  #log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#dependencies.events.log(level, `peer ${this.node}: ${message}`, { peer: this.node, ...fields });
  }
}
