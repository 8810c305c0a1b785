/** One of the addresses over which a peer is reached: its connection, and what was heard there. */
import type { Connection } from "./connections/connection.ts";
import {
  emptyHistory,
  excused,
  type HeartbeatHistory,
  heard,
  type Pace,
  silenceLimitMicros,
  silentAtMicros,
} from "./detector.ts";
import type { Farewell, Heartbeat, Message } from "./protocol/message.ts";

export class Path {
  readonly address: string;
  #connection: Connection | undefined;
  #history: HeartbeatHistory | undefined;
  #lastHeartbeat: { readonly sentMicros: number; readonly heardMicros: number } | undefined;
  #roundTripMicros: number | undefined;

  constructor(address: string) {
    this.address = address;
  }

  get up(): boolean {
    return this.#connection !== undefined;
  }

  /** Undefined while it is down. */
  get roundTripMicros(): number | undefined {
    return this.#roundTripMicros;
  }

  /** When something was heard here last; undefined: never. */
  get heardMicros(): number | undefined {
    return this.#history?.heardMicros;
  }

  /** Whether its connection is up and was heard as lately as one that runs is. */
  beats(pace: Pace, nowMicros: number): boolean {
    return this.up && nowMicros - (this.heardMicros ?? -Infinity) < 2 * pace.intervalMicros;
  }

  is(connection: Connection): boolean {
    return this.#connection === connection;
  }

  /** Up from now on. What was learned of the gaps here stays, and the one that ends now is one of them. */
  adopt(connection: Connection, pace: Pace, nowMicros: number): void {
    void this.finish({ kind: "close", reason: "replaced" });
    this.#connection = connection;
    this.#history = this.#history === undefined ? emptyHistory(nowMicros) : heard(this.#history, pace, nowMicros);
  }

  /** Another process speaks for the peer: down, and what was learned of the one before it is forgotten. */
  forget(): void {
    void this.finish({ kind: "close", reason: "replaced" });
    this.#history = undefined;
  }

  /** Down, since its connection ended. */
  drop(): void {
    this.#connection = undefined;
    this.#lastHeartbeat = undefined;
    this.#roundTripMicros = undefined;
  }

  /** Down, by this side's doing; resolves when the connection is closed. */
  async finish(farewell: Farewell): Promise<void> {
    const connection = this.#connection;
    this.drop();
    await connection?.finish(farewell);
  }

  send(message: Message): void {
    this.#connection?.send(message);
  }

  beat(nowMicros: number): void {
    const last = this.#lastHeartbeat;
    const echo = last && { sentMicros: last.sentMicros, heldMicros: Math.max(0, nowMicros - last.heardMicros) };
    this.send({ kind: "heartbeat", sentMicros: nowMicros, echo: echo ?? null });
  }

  hear({ sentMicros, echo }: Heartbeat, pace: Pace, nowMicros: number): void {
    if (this.#history !== undefined) this.#history = heard(this.#history, pace, nowMicros);
    this.#lastHeartbeat = { sentMicros, heardMicros: nowMicros };
    if (echo !== null) this.#roundTripMicros = Math.max(0, nowMicros - echo.sentMicros - echo.heldMicros);
  }

  excuse(pace: Pace, lateMicros: number, nowMicros: number): void {
    if (this.#history !== undefined) this.#history = excused(this.#history, pace, lateMicros, nowMicros);
  }

  /** When it is silent if nothing is heard until then; undefined while it is down. */
  silentAtMicros(pace: Pace): number | undefined {
    return this.up && this.#history !== undefined ? silentAtMicros(this.#history, pace) : undefined;
  }

  limitMicros(pace: Pace): number {
    return silenceLimitMicros(this.#history ?? emptyHistory(0), pace);
  }
}
