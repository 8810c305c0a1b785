/** What is known of the tests of named states, and what conditions make of it (ifstated.conf(5), its tests and operators). */

import { ownEntry } from "../config/fields/ownEntry.ts";
import type { CommandTest, Expression, Test } from "../config/schema/expression.ts";
import type { Action, StatesConfig } from "../config/schema/statesConfig.ts";

/** How a command of a condition ended. */
export type CommandEnd =
  | { readonly kind: "exited"; readonly status: number }
  /** By a signal that was not ours: nothing is learned from it. */
  | { readonly kind: "killed"; readonly signal: string }
  /** It had to be ended: false. ifstated keeps the old value here, and with it a hanging test stays true forever. */
  | { readonly kind: "timed-out" }
  | { readonly kind: "not-started"; readonly why: string };

/** One thing that is known anew. */
export type Fact =
  /** Of an interface nothing is known until it was there once; one that left is down. */
  | { readonly kind: "link"; readonly name: string; readonly is: "up" | "down" }
  | { readonly kind: "role"; readonly name: string; readonly is: "master" | "backup" | "init" }
  | { readonly kind: "check"; readonly name: string; readonly is: "good" | "failed" }
  | { readonly kind: "command"; readonly scope: string; readonly command: CommandTest; readonly end: CommandEnd };

/** Scope of what is always done; no state has this name. */
export const ALWAYS = "";

/** The text of the states that belongs together: a state, or what is always done. */
export interface Scope {
  /** Name of the state, or ALWAYS. */
  readonly name: string;
  /** Each once, those in the conditions it names included. */
  readonly tests: readonly Test[];
  readonly commands: readonly CommandTest[];
}

/** Values by key; a key that is not there was never learned. */
export type Truths = ReadonlyMap<string, string>;

export function scopeOf(name: string, actions: readonly Action[], conditions: StatesConfig["conditions"]): Scope {
  const tests = new Map<string, Test>();
  const named = new Set<string>();
  const collect = (expression: Expression): void => {
    switch (expression.kind) {
      case "all":
      case "any":
        expression.of.forEach(collect);
        return;
      case "not":
        collect(expression.of);
        return;
      case "condition": {
        const meant = ownEntry(conditions, expression.name);
        if (meant === undefined || named.has(expression.name)) return;
        named.add(expression.name);
        collect(meant);
        return;
      }
      case "link":
      case "role":
      case "check":
      case "command":
        tests.set(`${keyOf(name, expression)} ${"is" in expression ? expression.is : ""}`, expression);
    }
  };
  const walk = (list: readonly Action[]): void => {
    for (const action of list) {
      if (action.kind !== "if") continue;
      collect(action.if);
      walk(action.then);
    }
  };
  walk(actions);
  const all = [...tests.values()];
  return { name, tests: all, commands: all.filter((test) => test.kind === "command") };
}

/** The same command at the same interval in one scope is one thing; in two scopes it is two. */
export function keyOf(scope: string, test: Test): string {
  if (test.kind !== "command") return `${test.kind} ${test.name}`;
  return JSON.stringify([test.kind, scope, test.command, test.every, test.timeout]);
}

/** What was known, with this fact. Where nothing is learned, the same map. */
export function learn(truths: Truths, fact: Fact): Truths {
  const [key, value] =
    fact.kind === "command"
      ? [keyOf(fact.scope, fact.command), valueOf(fact.end)]
      : [`${fact.kind} ${fact.name}`, fact.is];
  if (value === undefined || truths.get(key) === value) return truths;
  return new Map(truths).set(key, value);
}

/** What was known, without what the commands of a scope said. */
export function forget(truths: Truths, { name, commands }: Scope): Truths {
  const gone = new Set(commands.map((command) => keyOf(name, command)));
  return new Map([...truths].filter(([key]) => !gone.has(key)));
}

/**
 * Whether something happened to a scope: one of its tests is true that was not, or the reverse; of a command already
 * when it ends with another status.
 */
export function hasChanged(scope: Scope, before: Truths, after: Truths): boolean {
  return scope.tests.some((test) => {
    const key = keyOf(scope.name, test);
    if (test.kind === "command") return before.get(key) !== after.get(key);
    return holds(scope.name, test, before) !== holds(scope.name, test, after);
  });
}

/** Whether a condition is true. What was never learned is false, whatever is asked of it. */
export function isTrue(
  expression: Expression,
  scope: string,
  truths: Truths,
  conditions: StatesConfig["conditions"],
): boolean {
  const known = new Map<string, boolean>();
  const evaluate = (part: Expression): boolean => {
    switch (part.kind) {
      case "all":
        return part.of.every(evaluate);
      case "any":
        return part.of.some(evaluate);
      case "not":
        return !evaluate(part.of);
      case "condition": {
        const meant = ownEntry(conditions, part.name);
        // Remembered: conditions that name each other twice would take exponential time.
        const value = known.get(part.name) ?? (meant !== undefined && evaluate(meant));
        known.set(part.name, value);
        return value;
      }
      case "link":
      case "role":
      case "check":
      case "command":
        return holds(scope, part, truths);
    }
  };
  return evaluate(expression);
}

function holds(scope: string, test: Test, truths: Truths): boolean {
  const value = truths.get(keyOf(scope, test));
  switch (test.kind) {
    case "command":
      return value === "exited 0";
    case "link":
      return (value ?? "unknown") === test.is;
    case "role":
      return (value ?? "init") === test.is;
    case "check":
      return value === test.is;
  }
}

function valueOf(end: CommandEnd): string | undefined {
  switch (end.kind) {
    case "exited":
      return `exited ${end.status}`;
    case "timed-out":
    case "not-started":
      return end.kind;
    case "killed":
      return undefined;
  }
}
