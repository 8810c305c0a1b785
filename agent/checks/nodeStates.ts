/** The named states of a node at work: feeds their machine with what happens, runs its programs and its commands. */
import type { Demotion } from "../config/priority/contest.ts";
import type { CommandTest } from "../config/schema/expression.ts";
import type { StatesConfig } from "../config/schema/statesConfig.ts";
import type { Role } from "../election/election.ts";
import { StatesMachine, type StatesOutput, type StatesState } from "../health/states.ts";
import { ALWAYS, type CommandEnd, type Fact, keyOf } from "../health/truths.ts";
import type { Verdict } from "../health/verdict.ts";
import { type ProgramResult, runProgram, runWithin } from "../programs/program.ts";
import type { NetworkSource } from "./networkMonitor.ts";
import { Polling } from "./polling.ts";

const MICROS_PER_MS = 1_000;

/** What states do that is worth a line in the log. */
export type StatesReport =
  | Extract<StatesOutput, { readonly kind: "entered" | "circle" }>
  /** A program of a state was run; `state` is empty for what is always done. */
  | ({ readonly kind: "ran"; readonly state: string; readonly run: readonly string[] } & ProgramResult)
  /** A command of a condition was killed by somebody else; its last answer stays. */
  | { readonly kind: "killed"; readonly command: readonly string[]; readonly signal: string };

/** For status. */
export interface StatesStatus {
  readonly state: string;
  /** `entering` waits for the first answers of the state's commands. */
  readonly phase: StatesState["phase"];
  /** ISO 8601 in UTC. */
  readonly since: string;
  readonly because: readonly string[];
}

export interface StatesDependencies {
  readonly network: NetworkSource;
  readonly report: (report: StatesReport) => void;
  /** Called when the state changed, and so perhaps what it costs. */
  readonly changed: () => void;
}

export class States {
  readonly #dependencies: StatesDependencies;
  /** The newest fact of each thing that the machine has not been told. */
  readonly #untold = new Map<string, Fact>();
  /** Every thing but commands, for a machine that begins anew. */
  readonly #known = new Map<string, Fact>();
  readonly #pollings = new Map<string, Polling<CommandEnd>[]>();
  #config: StatesConfig;
  #machine: StatesMachine;
  #state: StatesState;
  #entered: Pick<StatesStatus, "since" | "because"> = { since: new Date().toISOString(), because: [] };
  /** Ends what runs for the machine of now, when another takes its place. */
  #life = new AbortController();
  #started = false;
  #isBusy = false;

  /** @param dependencies the network in it is the caller's to close. */
  constructor(config: StatesConfig, dependencies: StatesDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
    this.#machine = new StatesMachine(config);
    this.#state = this.#machine.initial();
    dependencies.network.onChange(() => {
      this.#learnLinks();
    });
  }

  /** Begins with the initial state. Roles and verdicts that are known should be told before. */
  start(): void {
    this.#learnLinks();
    this.#started = true;
    this.#untold.clear();
    const { signal } = this.#life;
    void this.#occupied(signal, () => this.#step({ kind: "start", facts: [...this.#known.values()] }, signal));
  }

  roleChanged(virtualRouter: string, role: Role): void {
    this.#learn({ kind: "role", name: virtualRouter, is: valueOf(role) });
  }

  checkChanged(check: string, verdict: Verdict): void {
    this.#learn({ kind: "check", name: check, is: verdict });
  }

  /** The state the node is in, and what that costs its virtual routers. */
  get costs(): { readonly name: string; readonly costs: Readonly<Record<string, Demotion>> } {
    return { name: this.#state.current, costs: this.#machine.costs(this.#state) };
  }

  status(): StatesStatus {
    return { state: this.#state.current, phase: this.#state.phase, ...this.#entered };
  }

  /** Takes another configuration over: the same changes nothing, any other begins anew with its initial state. */
  reconfigure(config: StatesConfig): void {
    if (JSON.stringify(config) === JSON.stringify(this.#config)) return;
    this.stop();
    this.#config = config;
    this.#machine = new StatesMachine(config);
    this.#state = this.#machine.initial();
    this.#life = new AbortController();
    this.start();
    this.#dependencies.changed();
  }

  /** Ends everything that runs. No program is run on the way out. */
  stop(): void {
    this.#started = false;
    this.#life.abort();
    for (const scope of this.#pollings.keys()) this.#unwatch(scope);
    this.#isBusy = false;
  }

  #learn(fact: Fact): void {
    const key = fact.kind === "command" ? keyOf(fact.scope, fact.command) : `${fact.kind} ${fact.name}`;
    if (fact.kind !== "command") this.#known.set(key, fact);
    this.#untold.set(key, fact);
    this.#tell();
  }

  /** Of an interface that was never there nothing is known; one that left is down. */
  #learnLinks(): void {
    if (this.#machine.links.length === 0) return;
    const { links } = this.#dependencies.network.facts;
    for (const name of this.#machine.links) {
      const link = links.find((each) => each.name === name);
      const before = this.#known.get(`link ${name}`);
      if (link === undefined && before === undefined) continue;
      const is = link?.running === true ? "up" : "down";
      if (before?.kind !== "link" || before.is !== is) this.#learn({ kind: "link", name, is });
    }
  }

  /** Tells the machine what it does not know, unless a program runs: then when that has ended. */
  #tell(): void {
    if (!this.#started || this.#isBusy || this.#untold.size === 0) return;
    const facts = [...this.#untold.values()];
    this.#untold.clear();
    const { signal } = this.#life;
    void this.#occupied(signal, () => this.#step({ kind: "learned", facts }, signal));
  }

  async #occupied(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    await work();
    if (signal.aborted) return;
    this.#isBusy = false;
    this.#tell();
  }

  async #step(event: Parameters<StatesMachine["step"]>[1], signal: AbortSignal): Promise<void> {
    const { state, outputs } = this.#machine.step(this.#state, event);
    const hasMoved = state.current !== this.#state.current;
    this.#state = state;
    if (hasMoved) this.#dependencies.changed();
    for (const output of outputs) {
      if (signal.aborted) return;
      await this.#carryOut(output, signal);
    }
  }

  async #carryOut(output: StatesOutput, signal: AbortSignal): Promise<void> {
    switch (output.kind) {
      case "watch":
        this.#watch(output.scope, output.commands);
        return;
      case "unwatch":
        this.#unwatch(output.scope);
        return;
      case "run": {
        const { state, run, timeout } = output;
        const ran = await runWithin(run, timeout / MICROS_PER_MS, signal, { FAILOVER_STATE: state });
        if (!signal.aborted) this.#dependencies.report({ kind: "ran", state, run, ...ran });
        return;
      }
      case "entered":
        this.#entered = { since: new Date().toISOString(), because: output.because };
        this.#dependencies.report(output);
        return;
      case "circle":
        this.#dependencies.report(output);
    }
  }

  #watch(scope: string, commands: readonly CommandTest[]): void {
    this.#unwatch(scope);
    const pollings = commands.map((command) => this.#pollingOf(scope, command));
    this.#pollings.set(scope, pollings);
    for (const polling of pollings) polling.start();
  }

  #pollingOf(scope: string, command: CommandTest): Polling<CommandEnd> {
    const { command: line, every: everyMicros, timeout: timeoutMicros } = command;
    const environment = scope === ALWAYS ? {} : { FAILOVER_STATE: scope };
    return new Polling(
      {
        look: (signal) => {
          const { result, gone } = runProgram(line, signal, environment);
          return { result: result.then(({ end }) => end), gone };
        },
        nothing: (): CommandEnd => ({ kind: "timed-out" }),
        take: (end) => {
          if (end.kind === "killed") this.#dependencies.report({ kind: "killed", command: line, signal: end.signal });
          this.#learn({ kind: "command", scope, command, end });
        },
      },
      { everyMicros, timeoutMicros, spreadMicros: 0 },
    );
  }

  #unwatch(scope: string): void {
    for (const polling of this.#pollings.get(scope) ?? []) polling.stop();
    this.#pollings.delete(scope);
    // What they found before counts no more.
    for (const [key, fact] of this.#untold) {
      if (fact.kind === "command" && fact.scope === scope) this.#untold.delete(key);
    }
  }
}

/** A resigning node still holds the addresses; a resuming one does not know yet whether it may. */
function valueOf(role: Role): "master" | "backup" | "init" {
  switch (role) {
    case "master":
    case "resigning":
      return "master";
    case "backup":
      return "backup";
    case "initialize":
    case "resuming":
      return "init";
  }
}
