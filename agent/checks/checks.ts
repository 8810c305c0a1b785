/** All checks of a node: started together, watched each in its own way, and told of when a verdict changes. */
import { type CheckConfig, defaultTimeoutMicros } from "../config/schema/check.ts";
import type { CheckResult, Verdict } from "../health/verdict.ts";
import { seen } from "./networkChecks.ts";
import type { NetworkSource } from "./networkMonitor.ts";
import { Polling } from "./polling.ts";
import { failed } from "./probe.ts";
import { probeOf } from "./probes.ts";
import { type CheckChange, type CheckStatus, WatchedCheck } from "./watchedCheck.ts";

export type { CheckChange, CheckStatus } from "./watchedCheck.ts";

/** The schedules of checks begin within this of each other, or within the shortest interval. */
const MAX_SPREAD_MICROS = 1_000_000;

type ChecksConfig = Readonly<Record<string, CheckConfig>>;

/** A check, and what looks for it; without polling it is one that the network tells of. */
interface Running {
  readonly check: WatchedCheck;
  readonly polling: Polling<CheckResult> | undefined;
}

export class Checks {
  readonly #network: NetworkSource;
  readonly #listeners: ((change: CheckChange) => void)[] = [];
  #config: ChecksConfig;
  #running = new Map<string, Running>();

  /** @param network is the caller's to close. */
  constructor(config: ChecksConfig, network: NetworkSource) {
    this.#config = config;
    this.#network = network;
    network.onChange(() => {
      for (const { check } of this.#running.values()) this.#tell(check);
    });
  }

  /** Looks for every check at once. Those that the network tells of have their verdict when this returns. */
  start(): void {
    this.#adopt(this.#config);
  }

  /** In the order of the configuration. */
  status(): CheckStatus[] {
    return [...this.#running.values()].map(({ check }) => check.status());
  }

  verdicts(): ReadonlyMap<string, Verdict> {
    return new Map([...this.#running].map(([name, { check }]) => [name, check.verdict]));
  }

  /** Calls back whenever a verdict changed, after `verdicts` has it. */
  onChange(listener: (change: CheckChange) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes another configuration over. Checks that are the same in it go on as if nothing had happened. */
  reconfigure(config: ChecksConfig): void {
    this.#adopt(config);
  }

  stop(): void {
    for (const running of this.#running.values()) end(running);
    this.#running.clear();
  }

  #adopt(config: ChecksConfig): void {
    this.#config = config;
    const before = this.#running;
    const names = Object.keys(config);
    this.#running = new Map();
    const begun: Running[] = [];
    names.forEach((name, index) => {
      const wanted = config[name];
      const known = before.get(name);
      if (wanted === undefined) return;
      if (known !== undefined && isSame(known.check.config, wanted)) {
        this.#running.set(name, known);
        before.delete(name);
        return;
      }
      const running = this.#watched(name, wanted, index / names.length);
      this.#running.set(name, running);
      begun.push(running);
    });
    for (const running of before.values()) end(running);
    if (names.some((name) => config[name]?.kind === "defaultRoute")) this.#network.includeRoutes();
    for (const { check, polling } of begun) {
      polling?.start();
      this.#tell(check);
    }
  }

  #watched(name: string, config: CheckConfig, share: number): Running {
    const check = new WatchedCheck(name, config, (change) => {
      for (const listener of this.#listeners) listener(change);
    });
    if (!("every" in config)) return { check, polling: undefined };
    const { every: everyMicros, timeout: timeoutMicros = defaultTimeoutMicros(everyMicros) } = config;
    const spreadMicros = Math.floor(share * Math.min(everyMicros, MAX_SPREAD_MICROS));
    const take = (result: CheckResult, tookMicros: number): void => {
      check.take(result, tookMicros);
    };
    const of = { look: probeOf(config), nothing: failed, take };
    return { check, polling: new Polling(of, { everyMicros, timeoutMicros, spreadMicros }) };
  }

  #tell(check: WatchedCheck): void {
    if ("debounce" in check.config) check.take(seen(check.config, this.#network.facts), 0);
  }
}

function end({ check, polling }: Running): void {
  polling?.stop();
  check.stop();
}

function isSame(a: CheckConfig, b: CheckConfig): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
