/**
 * The named states of a document: what ifstated(8) does beside carp(4), typed. A node is in one of them; conditions over
 * links, roles, checks and commands lead from one to the next, programs run on the way, and a state may cost priority.
 */
import * as z from "zod";
import { byKey } from "../fields/byKey.ts";
import { durationWithin } from "../fields/duration.ts";
import { expected } from "../fields/expected.ts";
import { atMost, command, label, listOf, wholeNumber } from "../fields/fields.ts";
import { type Expression, parseExpression } from "./expression.ts";
import type { Action, ActionInput, StatesConfig } from "./statesConfig.ts";
import { statesErrors } from "./statesGraph.ts";

const RUN_TIMEOUT_MICROS = { min: 100_000, max: 600_000_000 } as const;
const MAX_EXPRESSION_CHARACTERS = 1_024;
const FEW_CONDITIONS = atMost(256, "conditions");
const FEW_STATES = atMost(256, "states");

const stateName = identifier("the name of a state", "letters, digits, _ and -, such as demoted");

const action: z.ZodType<Action, ActionInput> = byKey(
  {
    run: z.strictObject({
      run: command("a program to run"),
      timeout: durationWithin("a timeout", RUN_TIMEOUT_MICROS, "10s").default(10_000_000),
    }),
    setState: z.strictObject({ setState: stateName }),
    if: z.strictObject({ if: condition(), then: z.lazy(() => actions) }),
  },
  expected("an action", 'one of { "run": [...] }, { "setState": "demoted" } and { "if": "...", "then": [...] }'),
);

const actions = listOf(action, "a list of actions", {
  min: 0,
  max: 128,
  remedy: 'a list such as [{ "run": ["/bin/true"] }]',
});

/** In the words of what a virtual router tracks. */
const demote = z
  .record(
    label("the name of a virtual router", "the name of one of them"),
    z.union(
      [z.literal("all"), wholeNumber("a demotion", { min: 1, max: 254 })],
      expected("a demotion", '1 to 254, or "all"'),
    ),
    expected("what a state costs", '{ "web": 60 }'),
  )
  .default({});

const state = z.strictObject(
  {
    /** While the node is in it: what that costs a virtual router, in points or all of its claim. */
    demote,
    /** Done once on entering, when every command of the state has given its first answer. */
    init: actions.default([]),
    /** Done after that, and again whenever a test of this state changed. */
    body: actions.default([]),
  },
  expected("a state", '{ "demote": { "web": 60 }, "init": [...], "body": [...] }'),
);

export const states = z
  .strictObject(
    {
      /** Where a node begins. Needed when there are several states: the order of keys does not survive every way here. */
      initial: stateName.optional(),
      /** Conditions by name, for use in others. */
      conditions: z
        .record(
          identifier("the name of a condition", "letters, digits, _ and -, such as network"),
          condition(),
          expected("conditions", '{ "network": "link.ens3.up && link.ens4.up" }'),
        )
        .refine(FEW_CONDITIONS.check, FEW_CONDITIONS)
        .default({}),
      /** Done whenever a test in it changed, whatever the state. It sets no state. */
      always: actions.default([]),
      states: z
        .record(stateName, state, expected("states", '{ "neutral": { "body": [...] } }'))
        .refine(FEW_STATES.check, FEW_STATES),
    },
    expected("states", '{ "initial": "neutral", "states": { "neutral": { "body": [...] } } }'),
  )
  .transform((written, context): StatesConfig => {
    // What goes by a key that is none is missed elsewhere: one thing after the other.
    if (context.issues.length > 0) return z.NEVER;
    const names = Object.keys(written.states);
    const parsed = { ...written, initial: written.initial ?? (names.length === 1 ? (names[0] ?? "") : "") };
    for (const { path, message } of statesErrors(parsed)) {
      context.issues.push({ code: "custom", path: [...path], message, input: written });
    }
    return parsed;
  });

/** Text before, its tree after. */
function condition(): z.ZodPipe<z.ZodString, z.ZodTransform<Expression, string>> {
  const wanted = expected("a condition", 'one such as "link.ens3.up && !role.web.master"');
  return z
    .string(wanted)
    .max(MAX_EXPRESSION_CHARACTERS, wanted)
    .transform((text, context): Expression => {
      const parsed = parseExpression(text);
      if (parsed.ok) return parsed.expression;
      context.issues.push({ code: "custom", input: text, message: `${JSON.stringify(text)} ${parsed.problem}` });
      return z.NEVER;
    });
}

function identifier(what: string, remedy: string): z.ZodString {
  return label(what, remedy).regex(/^[A-Za-z_][\w-]*$/, expected(what, remedy));
}
