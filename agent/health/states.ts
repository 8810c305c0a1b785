/**
 * The named states of a node as a state machine without clock or I/O: what ifstated(8) does, with its order of things.
 *
 * - An event is a change of some test that the current state (or what is always done) names. Its whole body is done
 *   then, from the top, every condition judged on what is known at that moment.
 * - `setState` only notes the target; the last one of a pass counts, and the switch is made when the pass is over.
 * - Entering a state runs each of its commands once and waits for all their answers; then come its init and its body.
 * - Facts that arrive meanwhile are learned and not acted on before.
 *
 * Where it departs from ifstated: a command that had to be ended counts as false, and a chain of switches ends where it
 * comes to a state for the second time, instead of never.
 *
 * The driver carries the outputs out in order and waits for each `run` to end. Until then it keeps what it learns, the
 * newest of each kind, and tells it all in one event: states behave as if `run` took no time.
 */
import type { Demotion } from "../config/priority/contest.ts";
import type { CommandTest } from "../config/schema/expression.ts";
import type { Action, StatesConfig } from "../config/schema/statesConfig.ts";
import {
  ALWAYS,
  type Fact,
  forget,
  hasChanged,
  isTrue,
  keyOf,
  learn,
  type Scope,
  scopeOf,
  type Truths,
} from "./truths.ts";

export type StatesEvent =
  /** Begin, with all that is known. Once, and first. */
  | { readonly kind: "start"; readonly facts: readonly Fact[] }
  /** These became known; together they are one event. */
  | { readonly kind: "learned"; readonly facts: readonly Fact[] };

export type StatesOutput =
  /** Run these commands now, each at once, and then each at its interval, and tell how they end. */
  | { readonly kind: "watch"; readonly scope: string; readonly commands: readonly CommandTest[] }
  /** Run the commands of this scope no more; end those that run. */
  | { readonly kind: "unwatch"; readonly scope: string }
  /** Run a program and wait for it; how it ends makes no difference. `state` is where it was asked for, or ALWAYS. */
  | { readonly kind: "run"; readonly state: string; readonly run: readonly string[]; readonly timeout: number }
  /** The node is in another state, with what that costs its virtual routers. */
  | {
      readonly kind: "entered";
      readonly from: string | undefined;
      readonly to: string;
      readonly because: readonly string[];
    }
  /** States lead in a circle: the last of them stays, until something changes. */
  | { readonly kind: "circle"; readonly chain: readonly string[] };

export interface StatesState {
  readonly current: string;
  /** `starting` and `entering` wait for the first answers of commands. */
  readonly phase: "starting" | "entering" | "settled";
  readonly truths: Truths;
  /** Keys of the commands whose first answer is waited for. */
  readonly awaited: ReadonlySet<string>;
  /** The states entered since the last event that led to one. */
  readonly chain: readonly string[];
  /** What the latest event was, in words. */
  readonly because: readonly string[];
}

export interface StatesStep {
  readonly state: StatesState;
  readonly outputs: readonly StatesOutput[];
}

export class StatesMachine {
  readonly #config: StatesConfig;
  readonly #scopes: ReadonlyMap<string, Scope>;

  constructor(config: StatesConfig) {
    this.#config = config;
    const { always, states, conditions } = config;
    this.#scopes = new Map([
      [ALWAYS, scopeOf(ALWAYS, always, conditions)],
      ...Object.entries(states).map(([name, { init, body }]): [string, Scope] => [
        name,
        scopeOf(name, [...init, ...body], conditions),
      ]),
    ]);
  }

  /** Before anything happened. */
  initial(): StatesState {
    const { initial: current } = this.#config;
    return { current, phase: "starting", truths: new Map(), awaited: new Set(), chain: [], because: ["the start"] };
  }

  /** What the state costs, by virtual router. */
  costs({ current }: StatesState): Readonly<Record<string, Demotion>> {
    return this.#config.states[current]?.demote ?? {};
  }

  /** The interfaces whose links any condition asks for. */
  get links(): readonly string[] {
    const tests = [...this.#scopes.values()].flatMap((scope) => scope.tests);
    return [...new Set(tests.flatMap((test) => (test.kind === "link" ? [test.name] : [])))];
  }

  step(state: StatesState, event: StatesEvent): StatesStep {
    const outputs: StatesOutput[] = [];
    const learned = learnAll(state, event.facts);
    switch (event.kind) {
      case "start":
        return { state: this.#proceed(this.#await(learned, ALWAYS, outputs), outputs), outputs };
      case "learned": {
        const because = event.facts.map(inWords);
        return { state: this.#react(state.truths, { ...learned, because }, outputs), outputs };
      }
    }
  }

  #react(before: Truths, state: StatesState, outputs: StatesOutput[]): StatesState {
    if (state.phase === "starting") return this.#proceed(state, outputs);
    if (hasChanged(this.#scope(ALWAYS), before, state.truths))
      this.#perform(this.#config.always, ALWAYS, state, outputs);
    if (state.phase === "entering") return this.#proceed(state, outputs);
    if (!hasChanged(this.#scope(state.current), before, state.truths)) return state;
    const target = this.#perform(this.#config.states[state.current]?.body ?? [], state.current, state, outputs);
    return this.#follow(target, { ...state, chain: [] }, outputs);
  }

  /** Goes on with a start or an entry, once every command has answered. */
  #proceed(state: StatesState, outputs: StatesOutput[]): StatesState {
    if (state.awaited.size > 0) return state;
    const { current, phase } = state;
    if (phase === "starting") {
      this.#perform(this.#config.always, ALWAYS, state, outputs);
      return this.#enter(undefined, current, state, outputs);
    }
    const { init = [], body = [] } = this.#config.states[current] ?? {};
    const target = this.#perform([...init, ...body], current, state, outputs);
    return this.#follow(target, { ...state, phase: "settled" }, outputs);
  }

  #follow(target: string | undefined, state: StatesState, outputs: StatesOutput[]): StatesState {
    if (target === undefined || target === state.current) return { ...state, chain: [] };
    if (state.chain.includes(target)) {
      outputs.push({ kind: "circle", chain: [...state.chain, target] });
      return { ...state, chain: [] };
    }
    return this.#enter(state.current, target, state, outputs);
  }

  #enter(from: string | undefined, to: string, state: StatesState, outputs: StatesOutput[]): StatesState {
    const left = from === undefined ? undefined : this.#scope(from);
    if (left !== undefined && left.commands.length > 0) outputs.push({ kind: "unwatch", scope: left.name });
    const truths = left === undefined ? state.truths : forget(state.truths, left);
    outputs.push({ kind: "entered", from, to, because: state.because });
    const entering = { ...state, truths, current: to, phase: "entering", chain: [...state.chain, to] } as const;
    return this.#proceed(this.#await(entering, to, outputs), outputs);
  }

  /** Has the commands of a scope run, and notes that their answers are waited for. */
  #await(state: StatesState, name: string, outputs: StatesOutput[]): StatesState {
    const { commands } = this.#scope(name);
    if (commands.length > 0) outputs.push({ kind: "watch", scope: name, commands });
    return { ...state, awaited: new Set(commands.map((command) => keyOf(name, command))) };
  }

  /** Does a list of actions. @returns the state it leads to, if any. */
  #perform(actions: readonly Action[], scope: string, state: StatesState, outputs: StatesOutput[]): string | undefined {
    let target: string | undefined;
    for (const action of actions) {
      switch (action.kind) {
        case "run":
          outputs.push({ kind: "run", state: scope, run: action.run, timeout: action.timeout });
          break;
        case "setState":
          target = action.setState;
          break;
        case "if":
          if (isTrue(action.if, scope, state.truths, this.#config.conditions)) {
            target = this.#perform(action.then, scope, state, outputs) ?? target;
          }
          break;
      }
    }
    return target;
  }

  #scope(name: string): Scope {
    return this.#scopes.get(name) ?? { name, tests: [], commands: [] };
  }
}

/** Answers of commands that are not waited for any more belong to a state that is over. */
function learnAll(state: StatesState, facts: readonly Fact[]): StatesState {
  const isOver = (fact: Fact): boolean =>
    fact.kind === "command" && fact.scope !== ALWAYS && fact.scope !== state.current;
  const current = facts.filter((fact) => !isOver(fact));
  const answered = new Set(
    current.flatMap((fact) => (fact.kind === "command" ? [keyOf(fact.scope, fact.command)] : [])),
  );
  return {
    ...state,
    truths: current.reduce(learn, state.truths),
    awaited: new Set([...state.awaited].filter((key) => !answered.has(key))),
  };
}

function inWords(fact: Fact): string {
  if (fact.kind !== "command") return `${fact.kind} ${fact.name} is ${fact.is}`;
  const { end, command } = fact;
  return `${command.command.join(" ")} ${end.kind === "exited" ? `ended with ${end.status}` : end.kind}`;
}
