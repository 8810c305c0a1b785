/** Whether a peer is there: connected, lost or left, how it became so, and how much its closed connections still say. */
import { Distrust } from "./distrust.ts";
import type { LogFields, LogLevel, PeerEvents, PeerState, PeerView } from "./protocol/view.ts";
import { type Ended, ReconnectGrace } from "./reconnectGrace.ts";

/** What presence needs of its peer, and what it tells it. */
interface Ears {
  /** Monotonic microseconds. */
  readonly clock: () => number;
  /** How long its silence takes to be a loss. */
  readonly silenceMicros: () => number;
  readonly log: (level: LogLevel, message: string, fields?: LogFields) => void;
  readonly deadlineChanged: () => void;
  readonly events: Pick<PeerEvents, "suspected" | "lost" | "left">;
  readonly view: () => PeerView;
}

export class Presence {
  readonly #ears: Ears;
  readonly #grace = new ReconnectGrace();
  readonly #distrust = new Distrust();
  #state: PeerState = "unheard";
  /** Its last path was closed without a goodbye, by its end or by somebody else. */
  #wasClosed = false;

  constructor(ears: Ears) {
    this.#ears = ears;
  }

  get state(): PeerState {
    return this.#state;
  }

  /** How often a closed connection was no death. */
  get disprovedClosings(): number {
    return this.#distrust.count;
  }

  /** Whether closed connections still say something: who closes them at will fills no log with it. */
  get believesClosings(): boolean {
    return this.#distrust.believes(this.#ears.clock());
  }

  /** When it has to be judged; Infinity: not before something happens. */
  get deadlineMicros(): number {
    return this.#grace.untilMicros;
  }

  /** A path to it is up. @returns whether it was there already */
  connected(): boolean {
    const wasConnected = this.#state === "connected";
    if (this.#wasClosed) this.#disprove();
    this.#state = "connected";
    this.#grace.end();
    return wasConnected;
  }

  /** Another process than before speaks for the node, so the one before it is gone. */
  replaced(): void {
    if (this.#state === "connected") this.lose("closed");
    this.#wasClosed = false;
  }

  /** It answered a heartbeat that was sent at that time. */
  answered(sentMicros: number): void {
    this.#grace.answered(sentMicros);
  }

  /** This process was stalled for so long. */
  excuse(lateMicros: number, silenceMicros: number, nowMicros: number): void {
    this.#grace.excuse(lateMicros, silenceMicros, nowMicros);
  }

  /** No path is left, and the peer did not say that it goes on. */
  end(ended: "closed" | "silent"): void {
    const nowMicros = this.#ears.clock();
    if (this.#grace.isExcused(nowMicros)) this.miss("dismissed");
    else if (ended === "silent") this.lose("silent");
    else {
      this.#wasClosed = true;
      this.miss("closed");
      if (this.#distrust.believes(nowMicros)) this.#ears.events.suspected(this.#ears.view());
    }
  }

  /** It may go on, so only the time that silence takes makes it lost. */
  miss(ended: Ended): void {
    this.#grace.begin(ended, this.#ears.clock() + this.#ears.silenceMicros());
    this.#ears.deadlineChanged();
  }

  /** No path is up. @returns whether its grace is over, and it is lost */
  judge(nowMicros: number): boolean {
    if (this.#grace.untilMicros > nowMicros) return false;
    this.lose(this.#grace.ended === "closed" ? "closed" : "silent");
    return true;
  }

  /** One of its masters was asked whether it lives, over the protocol itself, and did not answer. */
  confirmLoss(): void {
    if (this.#grace.ended === "closed") this.lose("closed");
  }

  lose(why: "closed" | "silent"): void {
    this.#grace.end();
    this.#state = "lost";
    const message = why === "closed" ? "lost: every path was closed, and none is back" : "lost: silent on every path";
    this.#ears.log("warn", message, { why });
    this.#ears.events.lost(this.#ears.view(), why);
  }

  leave(reason: string): void {
    this.#grace.end();
    if (this.#state === "left") return;
    this.#state = "left";
    this.#ears.log("info", `said goodbye: ${reason}`, { reason });
    this.#ears.events.left(this.#ears.view(), reason);
  }

  /** The process whose connections were closed is back: it never died. */
  #disprove(): void {
    this.#wasClosed = false;
    if (!this.#distrust.disprove(this.#ears.clock())) return;
    const remedy = "look for a firewall or a NAT that ends connections, or for a stranger on the segment";
    const message = "its connections are closed again and again though it lives: only its silence counts";
    this.#ears.log("warn", message, { remedy });
  }
}
