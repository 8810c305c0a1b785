/** What one connection may say in a while: a peer with the key can be mistaken or taken over, and must not cost without end. */

/** A handover of 255 virtual routers makes one offer and one state for each, at once. */
const BURST_MESSAGES = 2_000;
/** Heartbeats make 100 at the most. */
const MESSAGES_PER_SECOND = 500;
const BURST_BYTES = 32 << 20;
const BYTES_PER_SECOND = 2 << 20;
const MICROS_PER_SECOND = 1_000_000;

export class Allowance {
  #messages = BURST_MESSAGES;
  #bytes = BURST_BYTES;
  #atMicros: number;

  constructor(nowMicros: number) {
    this.#atMicros = nowMicros;
  }

  /** Takes so much from what is left. @returns whether it was there */
  spend(messages: number, bytes: number, nowMicros: number): boolean {
    const seconds = (nowMicros - this.#atMicros) / MICROS_PER_SECOND;
    this.#atMicros = nowMicros;
    this.#messages = Math.min(BURST_MESSAGES, this.#messages + seconds * MESSAGES_PER_SECOND) - messages;
    this.#bytes = Math.min(BURST_BYTES, this.#bytes + seconds * BYTES_PER_SECOND) - bytes;
    return this.#messages >= 0 && this.#bytes >= 0;
  }
}
