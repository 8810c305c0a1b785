/**
 * A virtual router's hold on its addresses: asks for what has to be done before they are taken, such as committing a
 * synchronised connection table, waits for that and gives it up at its time, then takes them.
 */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { earliest } from "../election/timers.ts";
import { AddressOwnership } from "../interfaces/addressOwnership.ts";
import type { Report } from "./report.ts";

export class Ownership {
  /** What is on the interfaces, and its announcements. */
  readonly addresses = new AddressOwnership();
  readonly #report: Report;
  readonly #changed: () => void;
  /** The end of a wait for the prepare hook; undefined: there is none. */
  #preparedByMicros: number | undefined;

  /** @param changed hears that other addresses have to be on the interfaces. */
  constructor(report: Report, changed: () => void) {
    this.#report = report;
    this.#changed = changed;
  }

  /** Takes the addresses, after what its configuration wants done before. */
  acquire(config: VirtualRouterConfig, nowMicros: number): void {
    if (config.hooks.prepare === undefined) {
      this.#take(config, nowMicros);
      return;
    }
    this.#preparedByMicros = nowMicros + config.hooks.prepareTimeout;
    this.#report({ kind: "prepare", virtualRouter: config.name });
  }

  /** The prepare hook is done. */
  prepared(config: VirtualRouterConfig, nowMicros: number): void {
    if (this.#preparedByMicros === undefined) return;
    this.#preparedByMicros = undefined;
    this.#take(config, nowMicros);
  }

  /** Whether the hook was waited for long enough: an address without its connections is better than none. */
  isOverdue(nowMicros: number): boolean {
    return this.#preparedByMicros !== undefined && this.#preparedByMicros <= nowMicros;
  }

  /** Another node has the addresses soon, or already: what is here stays, but this node no longer speaks for it. */
  keep(): void {
    this.#preparedByMicros = undefined;
    this.addresses.keep();
  }

  release(): void {
    this.#preparedByMicros = undefined;
    this.addresses.release();
    this.#changed();
  }

  deadline(): number | undefined {
    return earliest([this.addresses.deadline(), this.#preparedByMicros]);
  }

  #take(config: VirtualRouterConfig, nowMicros: number): void {
    this.addresses.acquire(config, nowMicros);
    this.#changed();
  }
}
