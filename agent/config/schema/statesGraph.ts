/** What named states can say that is right in each place and wrong together: names that lead nowhere, states nobody enters. */

import { ownEntry } from "../fields/ownEntry.ts";
import type { Expression, Test } from "./expression.ts";
import type { Action, StatesConfig } from "./statesConfig.ts";

type Path = readonly (string | number)[];

/** A contradiction, and its place from the states on. */
export interface StatesError {
  readonly path: Path;
  readonly message: string;
}

/** Everything that can be told from the states alone. */
export function statesErrors(config: StatesConfig): StatesError[] {
  return [...wrongInitial(config), ...wrongTargets(config), ...wrongConditions(config), ...unreachable(config)];
}

/** The tests that an expression itself has, without those of the conditions it names. */
export function testsIn(expression: Expression): readonly Test[] {
  switch (expression.kind) {
    case "all":
    case "any":
      return expression.of.flatMap(testsIn);
    case "not":
      return testsIn(expression.of);
    case "condition":
      return [];
    case "link":
    case "role":
    case "check":
    case "command":
      return [expression];
  }
}

/** The conditions that an expression names. */
export function conditionsIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case "all":
    case "any":
      return expression.of.flatMap(conditionsIn);
    case "not":
      return conditionsIn(expression.of);
    case "condition":
      return [expression.name];
    case "link":
    case "role":
    case "check":
    case "command":
      return [];
  }
}

function wrongInitial({ initial, states }: StatesConfig): StatesError[] {
  const names = Object.keys(states).join(", ");
  if (Object.hasOwn(states, initial)) return [];
  if (names === "") return [{ path: ["states"], message: "has no state: write one or more" }];
  const message = initial === "" ? "is missing" : `"${initial}" is no state`;
  return [{ path: ["initial"], message: `${message}: write one of ${names}` }];
}

function wrongTargets({ always, states }: StatesConfig): StatesError[] {
  const names = Object.keys(states);
  const wrong = everyList({ always, states }).flatMap(({ path, actions }) =>
    placed(actions, path).flatMap(({ path: at, action }): StatesError[] => {
      if (action.kind !== "setState") return [];
      if (path[0] === "always") {
        return [{ path: at, message: "is in no state, so it sets none: move it into the body of a state" }];
      }
      if (names.includes(action.setState)) return [];
      return [{ path: at, message: `"${action.setState}" is no state: write one of ${names.join(", ")}` }];
    }),
  );
  return wrong;
}

function wrongConditions(config: StatesConfig): StatesError[] {
  const { conditions } = config;
  const told = new Set<string>();
  const missing = placedExpressions(config).flatMap(({ path, expression }) =>
    conditionsIn(expression)
      .filter((name) => !Object.hasOwn(conditions, name) && !told.has(name) && told.add(name))
      .map((name) => ({
        path,
        message: `"${name}" is neither a test nor one of conditions: add it, or correct the name`,
      })),
  );
  return [...missing, ...chains(conditions)];
}

/** Deeper chains nobody follows, and the agent follows them whenever a test changes. */
const LONGEST_CHAIN = 32;

/** Conditions that name each other in a circle, once a circle, or in a chain without a sensible end. */
function chains(conditions: StatesConfig["conditions"]): StatesError[] {
  const found = new Map<string, string>();
  /** Absent: not looked at yet. Undefined: being followed. */
  const lengths = new Map<string, number | undefined>();
  const follow = (name: string): number => {
    const known = lengths.get(name);
    if (known !== undefined) return known;
    const expression = ownEntry(conditions, name);
    if (expression === undefined) return 0;
    if (lengths.has(name)) {
      found.set(name, "names itself, directly or through another: undo the circle");
      return 0;
    }
    lengths.set(name, undefined);
    const length = 1 + conditionsIn(expression).reduce((longest, next) => Math.max(longest, follow(next)), 0);
    lengths.set(name, length);
    if (length === LONGEST_CHAIN + 1) {
      found.set(name, `names others in a chain of more than ${LONGEST_CHAIN}: write the tests that it is about`);
    }
    return length;
  };
  for (const name of Object.keys(conditions)) follow(name);
  return [...found].map(([name, message]) => ({ path: ["conditions", name], message }));
}

function unreachable({ initial, states }: StatesConfig): StatesError[] {
  if (!Object.hasOwn(states, initial)) return [];
  const reached = new Set([initial]);
  // A set is walked in the order of its additions, those of the walk included.
  for (const name of reached) {
    const state = ownEntry(states, name);
    for (const { action } of placed([...(state?.init ?? []), ...(state?.body ?? [])], [])) {
      if (action.kind === "setState") reached.add(action.setState);
    }
  }
  return Object.keys(states)
    .filter((name) => !reached.has(name))
    .map((name) => ({
      path: ["states", name],
      message: "is a state that no setState leads to: lead to it, or remove it",
    }));
}

function everyList({
  always,
  states,
}: Pick<StatesConfig, "always" | "states">): { path: Path; actions: readonly Action[] }[] {
  return [
    { path: ["always"], actions: always },
    ...Object.entries(states).flatMap(([name, { init, body }]) => [
      { path: ["states", name, "init"], actions: init },
      { path: ["states", name, "body"], actions: body },
    ]),
  ];
}

/** Every action of a list, those inside conditions too, with its place. */
function placed(actions: readonly Action[], path: Path): { path: Path; action: Action }[] {
  return actions.flatMap((action, index) => {
    const at = [...path, index];
    const inside = action.kind === "if" ? placed(action.then, [...at, "then"]) : [];
    return [{ path: [...at, action.kind], action }, ...inside];
  });
}

/** Every expression as written, with its place. */
export function placedExpressions(config: StatesConfig): { path: Path; expression: Expression }[] {
  const named = Object.entries(config.conditions).map(([name, expression]) => ({
    path: ["conditions", name],
    expression,
  }));
  const asked = everyList(config).flatMap(({ path, actions }) =>
    placed(actions, path).flatMap(({ path: at, action }) =>
      action.kind === "if" ? [{ path: at, expression: action.if }] : [],
    ),
  );
  return [...named, ...asked];
}
