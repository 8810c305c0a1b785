/** Names that JavaScript's objects have: planned like any other, or refused by name. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAgentConfig } from "../../agent/config/parse.ts";
import { loadConfig } from "../../infra/load.ts";
import { possibleFacts } from "../../infra/plan/agent/cloudFacts.ts";
import { type ClusterPlan, planCluster } from "../../infra/plan/cluster.ts";
import { ConfigError, type Problem } from "../../infra/schema/problem.ts";
import { fullStack, movedStack } from "./slips.ts";
import { sourceOf } from "./stacks/exampleConfig.ts";

const NAMES = [
  "constructor",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__proto__",
  "__defineGetter__",
  "length",
  "then",
];

/** The plan of a configuration, or what is wrong with it; anything else that is thrown is a fault. */
function planOrProblems(config: Readonly<Record<string, unknown>>): ClusterPlan | readonly Problem[] {
  try {
    const { stack, prefix, ssh } = loadConfig(sourceOf(config));
    return planCluster(stack, prefix, ssh.hostKeySeed);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A stack in text with one of its names replaced everywhere, as an operator would. */
function renamed(
  stack: Readonly<Record<string, unknown>>,
  from: string,
  to: string,
): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(stack).replaceAll(patternOf(from), to)) as Readonly<Record<string, unknown>>;
}

/** A whole name, and no part of a longer one. */
function patternOf(name: string): RegExp {
  return new RegExp(`(?<![A-Za-z-])${name}(?![A-Za-z0-9-])`, "g");
}

/** Every agent takes its document, and has the name in it. */
function documentsWith(plan: ClusterPlan, name: string): void {
  const facts = possibleFacts(
    plan.nodes.map((node) => node.name),
    plan.vips.map((vip) => vip.name),
  );
  const texts = plan.nodes.map(({ document }) => document(facts).text);
  for (const text of texts) {
    const parsed = parseAgentConfig(text);
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.problems.join("\n"));
  }
  assert.ok(
    texts.some((text) => text.includes(name)),
    `${name} is in no document`,
  );
}

describe("a name that objects have", () => {
  const stacks = [fullStack(), movedStack()];
  const kinds = {
    nodes: ["edge-1", "edge-2"],
    vips: ["web", "mail", "voice"],
    checks: ["uplink", "port", "service"],
    groups: ["gateway"],
    states: ["neutral", "demoted", "network"],
  };

  for (const [kind, names] of Object.entries(kinds)) {
    it(`is planned into documents that their agents take, or refused by name: ${kind}`, () => {
      for (const stack of stacks) {
        for (const from of names.filter((name) => patternOf(name).test(JSON.stringify(stack)))) {
          for (const to of NAMES) {
            const result = planOrProblems(renamed(stack, from, to));
            if ("nodes" in result) documentsWith(result, to);
            else
              assert.ok(
                result.some(({ key }) => key.includes(to)),
                `${from} as ${to}: ${JSON.stringify(result)}`,
              );
          }
        }
      }
    });
  }

  it("is refused as a key of our own, at the top and below, and as a value never found by chance", () => {
    for (const name of NAMES) {
      for (const at of ["", "network", "ssh", "defaults", "nodes.edge-1", "vips.web", "vips.web.public", "peerLink"]) {
        const path = at === "" ? [name] : [...at.split("."), name];
        const result = planOrProblems(withOwn(fullStack(), path, 1));
        assert.ok(!("nodes" in result), path.join("."));
        assert.deepEqual(
          result.map(({ key }) => key),
          [`vip-failover:${path.join(".")}`],
        );
      }
      for (const [at, value] of [
        ["vips.web.priorities", { [name]: 5 }],
        ["vips.voice.skews", Object.fromEntries([[name, 5]])],
        ["vips.web.track", Object.fromEntries([[name, 60]])],
        ["ovh.endpoint", name],
      ] as const) {
        const stack = at.startsWith("ovh") ? movedStack() : fullStack();
        const result = planOrProblems(withOwn(stack, at.split("."), value));
        assert.ok(!("nodes" in result), `${at} ${name}`);
        assert.ok(result.every(({ key }) => key.startsWith("vip-failover:")));
      }
    }
  });

  it("anywhere in a stack of junk ends in problems or a plan", () => {
    const names = fc.constantFrom(
      ...NAMES,
      ...Object.keys(fullStack()),
      "web",
      "edge-1",
      "demote",
      "run",
      "if",
      "then",
    );
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(1, "1s", null, "10.25.0.11"),
        tie("map"),
        fc.array(tie("value")),
      ),
      map: fc.array(fc.tuple(names, tie("value"))).map((entries) => Object.fromEntries(entries)),
    }));
    fc.assert(
      fc.property(value.map, names, (junk, section) => {
        assert.notEqual(planOrProblems({ ...fullStack(), ...(junk as object) }), undefined);
        assert.notEqual(planOrProblems({ ...fullStack(), [section]: junk }), undefined);
      }),
    );
  });
});

/** A copy with an own entry at a path: an assignment to __proto__ would be none. */
function withOwn(
  whole: unknown,
  [key = "", ...rest]: readonly string[],
  value: unknown,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(whole as object) as [string, unknown][];
  const inner = rest.length === 0 ? value : withOwn(entries.find(([name]) => name === key)?.[1] ?? {}, rest, value);
  return Object.fromEntries([...entries.filter(([name]) => name !== key), [key, inner]]);
}
