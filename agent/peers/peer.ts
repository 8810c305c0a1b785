/** One peer over all its paths: whether it is there, and how that became so. */
import type { TLSSocket } from "node:tls";
import { Absence } from "./absence.ts";
import { Connection } from "./connection.ts";
import type { Pace } from "./detector.ts";
import { Drift } from "./drift.ts";
import { type Ending, endingInWords, refusalOfEnding } from "./ending.ts";
import type { Farewell, Message, Remark, State } from "./message.ts";
import type { Path } from "./path.ts";
import { Paths } from "./paths.ts";
import type { Surroundings } from "./surroundings.ts";
import { Testimony } from "./testimony.ts";
import type { LogFields, LogLevel, PeerState, PeerView } from "./view.ts";

const MICROS_PER_MS = 1_000;

export class Peer {
  readonly node: string;
  readonly #surroundings: Surroundings;
  readonly #paths: Paths;
  readonly #connections = new Set<Connection>();
  readonly #absence = new Absence();
  readonly #drift = new Drift();
  #testimony = new Testimony();
  #state: PeerState = "unheard";
  #instance: string | undefined;
  #versionMatches = true;

  constructor(node: string, addresses: readonly string[], surroundings: Surroundings) {
    this.node = node;
    this.#surroundings = surroundings;
    this.#paths = new Paths(addresses);
  }

  /** Takes a connection whose handshake is done. @param dialled as for `hello` */
  connect(socket: TLSSocket, dialled: number | null): void {
    const { hello, state } = this.#surroundings;
    const introduction = { hello: hello(dialled), state: state(), expectedNode: this.node };
    const connection: Connection = new Connection(socket, introduction, {
      introduced: ({ instance, path }, theirState) => {
        if (instance !== this.#instance) this.#meet(instance);
        this.#adopt(connection, dialled ?? path ?? 0, theirState);
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
    const { state, missed } = this.#surroundings;
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
    if (this.#absence.untilMicros <= nowMicros) this.#lose("silent");
    else if (silent.length > 0) this.#end("silent");
  }

  /** This node's virtual routers or the peer's are others than before. */
  compareConfig(): void {
    this.#drift.follow(this.#surroundings.state().routers, this.#testimony.said.routers, this.#surroundings.clock());
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
      lastHeardAgoMs: heardMicros === undefined ? null : (this.#surroundings.clock() - heardMicros) / MICROS_PER_MS,
      roundTripMs: roundTripMicros === undefined ? null : roundTripMicros / MICROS_PER_MS,
      ...this.#testimony.said,
      configMatches: this.#drift.differing.length === 0,
      mismatched: this.#drift.differing,
      detectionMs: this.#paths.limitMicros(this.#pace()) / MICROS_PER_MS,
    };
  }

  /** Another process than before speaks for the node, so the one before it is gone. */
  #meet(instance: string): void {
    this.#paths.forget();
    if (this.#state === "connected") this.#lose("closed");
    this.#instance = instance;
    this.#testimony = new Testimony();
  }

  #adopt(connection: Connection, index: number, state: State): void {
    const { clock, complaints, events, deadlineChanged } = this.#surroundings;
    const path = this.#paths.at(index, connection.remoteAddress);
    const wasConnected = this.#state === "connected";
    this.#state = "connected";
    this.#versionMatches = true;
    this.#absence.end();
    const isNews = this.#testimony.take(state);
    this.compareConfig();
    path.adopt(connection, this.#pace(), clock());
    complaints.forgetOfPath(this.node, connection.remoteAddress);
    this.#log("info", `path ${path.address} is up`, { path: path.address });
    deadlineChanged();
    if (!wasConnected) events.back(this.view());
    else if (isNews) events.changed(this.view());
  }

  #received(connection: Connection, remark: Remark): void {
    const { events, clock } = this.#surroundings;
    const path = this.#paths.of(connection);
    switch (remark.kind) {
      case "heartbeat":
        path?.hear(remark, this.#pace(), clock());
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
    const { events, deadlineChanged } = this.#surroundings;
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
    this.#log("info", `path ${path.address} is down: ${why}`, { path: path.address });
    if (ending.kind === "goodbye") {
      this.#leave(ending.reason);
    } else if (!this.#paths.up) {
      if (ending.kind === "broken") this.#end("closed");
      else this.#miss();
    }
  }

  /** No path is left, and the peer did not say that it goes on. */
  #end(why: "closed" | "silent"): void {
    if (this.#absence.isExcused(this.#surroundings.clock())) this.#miss();
    else this.#lose(why);
  }

  /** It goes on as far as is known, so only the time that silence takes makes it lost. */
  #miss(): void {
    const { clock, deadlineChanged } = this.#surroundings;
    this.#absence.begin(clock() + this.#paths.limitMicros(this.#pace()));
    deadlineChanged();
  }

  #lose(why: "closed" | "silent"): void {
    this.#absence.end();
    this.#state = "lost";
    this.#log("warn", why === "closed" ? "lost: its kernel closed every path" : "lost: silent on every path", { why });
    this.#surroundings.events.lost(this.view(), why);
  }

  #leave(reason: string): void {
    this.#paths.forget();
    this.#absence.end();
    if (this.#state === "left") return;
    this.#state = "left";
    this.#log("info", `said goodbye: ${reason}`, { reason });
    this.#surroundings.events.left(this.view(), reason);
  }

  #notIntroduced(connection: Connection, ending: Ending): void {
    const reason = refusalOfEnding(ending);
    this.#surroundings.complaints.addOfPath(this.node, connection.remoteAddress, reason, endingInWords(ending));
    if (reason !== "version-mismatch" || !this.#versionMatches) return;
    this.#versionMatches = false;
    this.#mismatch("version", "version of the peer link");
  }

  #mismatch(what: "config" | "version", thing: string): void {
    this.#log("error", `has another ${thing}: roll the same one out to every node`, { what });
    this.#surroundings.events.mismatch(this.view(), what);
  }

  #pace(): Pace {
    const { state, missed } = this.#surroundings;
    return { intervalMicros: this.#testimony.heartbeatMicros ?? state().heartbeatMicros, missed: missed() };
  }

  #log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#surroundings.events.log(level, `peer ${this.node}: ${message}`, { peer: this.node, ...fields });
  }
}
