/** Walks a states machine through events, and writes down what it asked for. */
import assert from "node:assert/strict";
import { states } from "../../agent/config/schema/states.ts";
import type { StatesConfig } from "../../agent/config/schema/statesConfig.ts";
import { StatesMachine, type StatesOutput, type StatesState } from "../../agent/health/states.ts";
import { ALWAYS, type CommandEnd, type Fact } from "../../agent/health/truths.ts";

export const OK: CommandEnd = { kind: "exited", status: 0 };
export const NOT_OK: CommandEnd = { kind: "exited", status: 1 };

export class StatesWalk {
  readonly machine: StatesMachine;
  readonly config: StatesConfig;
  state: StatesState;
  #watched = new Map<string, Extract<StatesOutput, { kind: "watch" }>["commands"]>();

  constructor(document: unknown) {
    this.config = states.parse(document);
    this.machine = new StatesMachine(this.config);
    this.state = this.machine.initial();
  }

  /** The name of the state, with `?` while first answers are missing. */
  get at(): string {
    return this.state.phase === "settled" ? this.state.current : `${this.state.current}?`;
  }

  start(...facts: Fact[]): string[] {
    return this.#take({ kind: "start", facts });
  }

  learn(...facts: Fact[]): string[] {
    return this.#take({ kind: "learned", facts });
  }

  link(name: string, is: "up" | "down"): string[] {
    return this.learn({ kind: "link", name, is });
  }

  role(is: "master" | "backup" | "init", name = "web"): string[] {
    return this.learn({ kind: "role", name, is });
  }

  /** Every command that is watched and begins with this program ends so, in each scope that watches it. */
  answer(program: string, end: CommandEnd, ...scopes: string[]): string[] {
    const facts = [...this.#watched].flatMap(([scope, commands]) =>
      commands
        .filter(({ command }) => command[0] === program && (scopes.length === 0 || scopes.includes(scope)))
        .map((command): Fact => ({ kind: "command", scope, command, end })),
    );
    assert.notEqual(facts.length, 0, `nobody watches ${program}`);
    return this.learn(...facts);
  }

  /** The programs that are watched, by scope. */
  get watched(): Record<string, string[]> {
    return Object.fromEntries(
      [...this.#watched].map(([scope, commands]) => [scope, commands.map(({ command }) => command.join(" "))]),
    );
  }

  #take(event: Parameters<StatesMachine["step"]>[1]): string[] {
    const { state, outputs } = this.machine.step(this.state, event);
    this.state = state;
    return outputs.map((output) => this.#inWords(output));
  }

  #inWords(output: StatesOutput): string {
    switch (output.kind) {
      case "watch":
        this.#watched.set(output.scope, output.commands);
        return `watch ${output.scope === ALWAYS ? "always" : output.scope}`;
      case "unwatch":
        this.#watched.delete(output.scope);
        return `unwatch ${output.scope}`;
      case "run":
        return output.run.join(" ");
      case "entered":
        return `-> ${output.to}`;
      case "circle":
        return `circle ${output.chain.join(" ")}`;
    }
  }
}
