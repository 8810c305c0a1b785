/**
 * What is wrong with this agent itself and lasts: a file that cannot be written, rules that are not in force, a port that
 * somebody else has. Logged when it begins and when it is over; in between it stands in the status and the metrics.
 */

import type { Log } from "./log.ts";
import type { LogFields } from "./logLine.ts";

export const TROUBLES = ["node-state-file", "hooks-file", "accept-mode", "metrics-server", "real-time"] as const;
export type TroubleKind = (typeof TROUBLES)[number];

export interface TroubleStatus {
  readonly kind: TroubleKind;
  /** What is wrong, and what follows from it. */
  readonly message: string;
  /** The reason as the operating system or a program gave it. */
  readonly error: string;
  /** ISO 8601 in UTC. */
  readonly since: string;
}

/** A new trouble: its details are for the log, where `error` stands with them. */
export interface NewTrouble extends Pick<TroubleStatus, "message" | "error"> {
  readonly level: "warn" | "error";
  readonly fields?: LogFields;
}

export class Troubles {
  readonly #log: Log;
  readonly #present = new Map<TroubleKind, TroubleStatus>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Notes that something is wrong; one that goes on unchanged is not said again. */
  begin(kind: TroubleKind, { message, error, level, fields }: NewTrouble): void {
    const known = this.#present.get(kind);
    if (known?.message === message && known.error === error) return;
    this.#log[level]({ ...fields, error }, message);
    this.#present.set(kind, { kind, message, error, since: known?.since ?? new Date().toISOString() });
  }

  /** Notes that all is well there, now or again. */
  end(kind: TroubleKind): void {
    const trouble = this.#present.get(kind);
    if (trouble === undefined) return;
    this.#present.delete(kind);
    this.#log.info({ since: trouble.since }, `no longer: ${trouble.message}`);
  }

  status(): readonly TroubleStatus[] {
    return [...this.#present.values()];
  }
}
