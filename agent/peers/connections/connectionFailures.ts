/** Counts what did not work by reason, and logs the first of a kind in a minute: a network can make them at any rate. */

import type { LogFields, PeerEvents } from "../protocol/view.ts";
import type { Refusal } from "./handshake.ts";

const WINDOW_MICROS = 60_000_000;

interface Window {
  readonly untilMicros: number;
  suppressed: number;
}
type Windows = Map<Refusal, Window>;

export interface ConnectionFailure {
  /** The listener, or a path. All are known from the configuration or from a peer, so there is a bound to them. */
  readonly subject: string;
  readonly reason: Refusal;
  readonly message: string;
  readonly fields: LogFields;
}

export class ConnectionFailures {
  readonly #log: PeerEvents["log"];
  readonly #clock: () => number;
  readonly #counts = new Map<Refusal, number>();
  /** By subject and reason. */
  readonly #windows = new Map<string, Windows>();

  constructor(log: PeerEvents["log"], clock: () => number) {
    this.#log = log;
    this.#clock = clock;
  }

  add({ subject, reason, message, fields }: ConnectionFailure): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    const windows: Windows = this.#windows.get(subject) ?? new Map<Refusal, Window>();
    this.#windows.set(subject, windows);
    const nowMicros = this.#clock();
    const window = windows.get(reason);
    if (window !== undefined && nowMicros < window.untilMicros) {
      window.suppressed += 1;
      return;
    }
    windows.set(reason, { untilMicros: nowMicros + WINDOW_MICROS, suppressed: 0 });
    const suppressed = window === undefined || window.suppressed === 0 ? {} : { suppressed: window.suppressed };
    this.#log("warn", message, { reason, ...fields, ...suppressed });
  }

  /** A path to a peer that did not come about. @param why the reason in more words, or a code */
  addOfPath(node: string, address: string, reason: Refusal, why: string): void {
    this.add({
      subject: pathSubject(node, address),
      reason,
      message: `peer ${node}: no connection with ${address}: ${reason}`,
      fields: { peer: node, path: address, why },
    });
  }

  /** The path came about: the next complaint is news. */
  forgetOfPath(node: string, address: string): void {
    this.#windows.delete(pathSubject(node, address));
  }

  /** By reason, since the start. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}

function pathSubject(node: string, address: string): string {
  return `${node} ${address}`;
}
