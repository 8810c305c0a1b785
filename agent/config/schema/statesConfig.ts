/** The named states of a document, parsed: what the agent runs and what is checked for places that lead nowhere. */
import type { Expression } from "./expression.ts";

/** One thing to do, as parsed. */
export type Action =
  /** Run a program without a shell and wait for it. Times in microseconds. */
  | { readonly kind: "run"; readonly run: readonly string[]; readonly timeout: number }
  /** Go to another state, once the list this stands in is done. The last one that is met counts. */
  | { readonly kind: "setState"; readonly setState: string }
  | { readonly kind: "if"; readonly if: Expression; readonly then: readonly Action[] };

/** One thing to do, as written. */
export type ActionInput =
  | { readonly run: readonly string[]; readonly timeout?: string | undefined }
  | { readonly setState: string }
  | { readonly if: string; readonly then: readonly ActionInput[] };

/** One state, parsed. */
export interface StateConfig {
  /** By virtual router: points, or all of its preference. */
  readonly demote: Readonly<Record<string, number | "all">>;
  readonly init: readonly Action[];
  readonly body: readonly Action[];
}

/** The states of a document, parsed: every name leads somewhere, every state can be reached. */
export interface StatesConfig {
  readonly initial: string;
  readonly conditions: Readonly<Record<string, Expression>>;
  readonly always: readonly Action[];
  readonly states: Readonly<Record<string, StateConfig>>;
}
