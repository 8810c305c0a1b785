/** What this node may claim, as its checks and named states have it: watched on the main thread, told to the elections when it changed. */

import { ownEntry } from "../config/fields/ownEntry.ts";
import type { AgentConfig } from "../config/schema/document.ts";
import { explainImpact, impactOf } from "../health/demotion.ts";
import type { Log } from "../logging/log.ts";
import type { Eligibilities, Eligibility } from "../virtualRouter/eligibility.ts";
import type { NodeState } from "../virtualRouter/nodeState.ts";
import { Checks } from "./checks.ts";
import { NetworkWatch } from "./networkMonitor.ts";
import { States, type StatesReport, type StatesStatus } from "./nodeStates.ts";
import type { CheckStatus } from "./watchedCheck.ts";

/** So much of what a state's program writes is in the log. */
const MAX_LOGGED = 4_096;

export class Health {
  readonly #log: Log;
  readonly #network = new NetworkWatch();
  readonly #checks: Checks;
  readonly #changed: () => void;
  #config: AgentConfig;
  #states: States | undefined;

  /** @param changed called after every change of what may be claimed. */
  constructor(config: AgentConfig, log: Log, changed: () => void) {
    this.#config = config;
    this.#log = log;
    this.#changed = changed;
    this.#checks = new Checks(config.checks, this.#network);
    this.#checks.onChange(({ name, from, to, reason }) => {
      log[to === "failed" ? "warn" : "info"]({ check: name, from, to, reason }, `check ${name}: ${from} -> ${to}`);
      this.#states?.checkChanged(name, to);
      changed();
    });
  }

  /** Looks for every check at once; the named states begin when the checks have their first verdicts. */
  start(): void {
    this.#checks.start();
    this.#followStates();
  }

  stop(): void {
    this.#states?.stop();
    this.#checks.stop();
    this.#network.close();
  }

  reconfigure(config: AgentConfig): void {
    this.#config = config;
    this.#checks.reconfigure(config.checks);
    this.#followStates();
    this.#changed();
  }

  /** Tells the named states which roles there are. */
  follow(nodeState: NodeState): void {
    for (const { config, role } of nodeState.virtualRouters) this.#states?.roleChanged(config.name, role);
  }

  /** What is left of this node's claims, by virtual router. */
  claims(): Eligibilities {
    const verdicts = this.#checks.verdicts();
    const state = this.#states?.costs;
    const claims = this.#config.virtualRouters.map(({ name, track }): [string, Eligibility] => {
      const claim = impactOf(track, verdicts, state && { name: state.name, cost: ownEntry(state.costs, name) });
      if (claim.kind === "held") return [name, { demotion: 0, held: claim.reason }];
      return [name, { demotion: claim.demotion, held: undefined }];
    });
    return Object.fromEntries(claims);
  }

  /** In words, what costs a virtual router something. */
  explain(virtualRouter: string): string {
    const track = this.#config.virtualRouters.find(({ name }) => name === virtualRouter)?.track ?? {};
    const state = this.#states?.costs;
    return explainImpact(
      impactOf(
        track,
        this.#checks.verdicts(),
        state && { name: state.name, cost: ownEntry(state.costs, virtualRouter) },
      ),
    );
  }

  checks(): CheckStatus[] {
    return this.#checks.status();
  }

  states(): StatesStatus | undefined {
    return this.#states?.status();
  }

  #followStates(): void {
    const { states } = this.#config;
    if (states === undefined) {
      this.#states?.stop();
      this.#states = undefined;
      return;
    }
    if (this.#states !== undefined) {
      this.#states.reconfigure(states);
      return;
    }
    this.#states = new States(states, {
      network: this.#network,
      changed: this.#changed,
      report: (report) => {
        this.#logStates(report);
      },
    });
    for (const [check, verdict] of this.#checks.verdicts()) this.#states.checkChanged(check, verdict);
    this.#states.start();
  }

  #logStates(report: StatesReport): void {
    switch (report.kind) {
      case "entered":
        this.#log.info({ from: report.from ?? "", to: report.to, because: report.because }, `state ${report.to}`);
        return;
      case "circle":
        this.#log.error({ chain: report.chain }, "states lead in a circle: staying where it closed");
        return;
      case "killed":
        this.#log.warn({ command: report.command, signal: report.signal }, "a condition's command was killed");
        return;
      case "ran": {
        const { state, run, end, output } = report;
        const level = end.kind === "exited" && end.status === 0 ? "info" : "warn";
        this.#log[level]({ state, run: run[0] ?? "", end, output: output.slice(0, MAX_LOGGED) }, "state's program ran");
      }
    }
  }
}
