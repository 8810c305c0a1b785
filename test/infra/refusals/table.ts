/** Tables of refusals: one thing of a good configuration broken, and the whole of what is said about it. */
import assert from "node:assert/strict";
import { it } from "mocha";
import { loadConfig } from "../../../infra/load.ts";
import { ConfigError } from "../../../infra/schema/problem.ts";
import { exampleConfig, problemsOf, sourceOf, withValue } from "../stacks/exampleConfig.ts";

/** What is broken, with what, and why it is refused. */
export interface Refusal {
  readonly path: string;
  /** undefined: the key is taken out. */
  readonly value: unknown;
  readonly why: string;
  /** What is blamed, as `key = value`; absent: what was broken. */
  readonly blamed?: string;
}

/** A row of a table. */
export function refused(path: string, value: unknown, why: string, blamed?: string): Refusal {
  return { path, value, why, ...(blamed === undefined ? {} : { blamed }) };
}

/** Everything that is said about a configuration: `key = value | why | remedy`. */
export function said(config: Readonly<Record<string, unknown>>): readonly string[] {
  return problemsOf(sourceOf(config)).map(({ key, value, why, remedy }) =>
    [value === undefined ? key : `${key} = ${value}`, why, remedy].join(" | ").replace(/^vip-failover:/, ""),
  );
}

/** The whole message as an operator sees it; empty for a good configuration. */
export function messageOf(config: Readonly<Record<string, unknown>>): string {
  try {
    loadConfig(sourceOf(config));
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

/** Declares a test for each row. @param remedy what every row of the table is told to do */
export function table(remedy: string, rows: readonly Refusal[]): void {
  for (const { path, value, why, blamed } of rows) {
    it(`${path}: ${value === undefined ? "absent" : JSON.stringify(value)}`, () => {
      const subject = blamed ?? (value === undefined ? path : `${path} = ${JSON.stringify(value)}`);
      assert.deepEqual(said(withValue(path, value, exampleConfig())), [[subject, why, remedy].join(" | ")]);
    });
  }
}
