/** The guides name every word that the agent uses, so that a reader can look it up, and are plain English themselves. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FAMILIES } from "../../agent/control/metricFamilies.ts";
import { TROUBLES } from "../../agent/logging/troubles.ts";
import { AUTHENTICATION_FAULTS } from "../../agent/protocol/authentication.ts";
import { CARP_COUNTER_FAULTS } from "../../agent/protocol/carpCounter.ts";
import { RECEPTION_FAULTS } from "../../agent/protocol/reception.ts";
import { CHECKOUT, codeWords, proseOf, readGuide, readGuides } from "./guide.ts";
import { keysOfConstant, wordsOfType } from "./sourceWords.ts";

const ELECTION = "agent/election/election.ts";

describe("the guides name", () => {
  says("docs/agent.md", "every role", wordsOfType(ELECTION, "Role"));
  says("docs/agent.md", "every reason of a transition", wordsOfType(ELECTION, "TransitionReason"));
  says("docs/agent.md", "every notice", wordsOfType(ELECTION, "Notice"));
  says("docs/agent.md", "every reason to drop a packet", [
    ...RECEPTION_FAULTS,
    "carp-digest",
    ...CARP_COUNTER_FAULTS,
    ...AUTHENTICATION_FAULTS,
  ]);
  says("docs/agent.md", "every trouble", TROUBLES);
  says("docs/authentication.md", "every fault of a signature", AUTHENTICATION_FAULTS);
  says("docs/carp.md", "every fault of a digest or counter", ["carp-digest", ...CARP_COUNTER_FAULTS]);
  says("docs/peer-link.md", "every refusal", wordsOfType("agent/peers/connections/handshake.ts", "Refusal"));
  says(
    "docs/agent.md",
    "every metric",
    FAMILIES.map(({ name }) => name),
  );

  it("every command, in docs/agent.md", () => {
    const { text } = readGuide("docs/agent.md");
    const missing = commands().filter((name) => !new RegExp(`^failover-agent ${name}\\b`, "m").test(text));
    assert.deepEqual(missing, []);
  });

  it("how many seeded bugs there are, in docs/promises.md", () => {
    const count = readdirSync(join(CHECKOUT, "test/seeded-bugs/patches")).length;
    assert.match(readGuide("docs/promises.md").text.replaceAll(/\s+/g, " "), new RegExp(`\\bhas ${count} bugs\\b`));
  });

  it("every kind of check, in docs/checks.md", () => {
    const kinds = [...readGuide("docs/checks.md").text.matchAll(/^- `(\w+): /gm)].map(([, kind]) => kind);
    assert.deepEqual(kinds, keysOfConstant("agent/config/schema/check.ts", "kinds"));
  });

  it("every variable of a hook, and no other, in docs/hooks.md", () => {
    const variables = (text: string): readonly string[] => [...new Set(text.match(/VIPF_[A-Z_]+/g))].sort();
    const source = readFileSync(join(CHECKOUT, "agent/programs/hooks.ts"), "utf8");
    assert.deepEqual(variables(readGuide("docs/hooks.md").text), variables(source));
  });
});

/** Turns of phrase that no native engineer writes, and what to write. */
const ODD_TURNS: readonly (readonly [RegExp, string])[] = [
  [/\bwho(?:so)?ever\b/i, "the node that, any sender"],
  [/\bfor ever\b/i, "forever, or a limit"],
  [/\banew\b/i, "again, replaced"],
  [/\basked for\b|\bask for it\b/i, "requested"],
  [/\bbecomes of\b/i, "happens to"],
  [/\b(?:is|are|was|were) told\b/i, "gets, is notified"],
  [/\bone after the other\b/i, "in turn, one at a time"],
  [/\b(?:is|are|all|be) well\b|\bis that well\b/i, "healthy"],
  [/\blets? (?:\w+ ){0,3}go\b/i, "releases"],
  [/(?<!\bthere )\b(?:is|are) (?:no|none)\b(?! longer)/i, "is not a"],
  [/\bmade anew\b/i, "replaced"],
];

describe("the guides are plain English", () => {
  for (const guide of readGuides()) {
    it(guide.file, () => {
      const text = proseOf(guide).replaceAll(/\s+/g, " ");
      const found = ODD_TURNS.flatMap(([turn, instead]) => {
        const match = new RegExp(`.{0,30}(?:${turn.source}).{0,20}`, turn.flags).exec(text);
        return match === null ? [] : [`"${match[0]}": write "${instead}"`];
      });
      assert.deepEqual(found, []);
    });
  }
});

/** The names of the agent's commands, wherever they are described. */
function commands(): readonly string[] {
  const texts = ["agent/cli/commandLine.ts", "agent/cli/commands.ts"].map((file) =>
    readFileSync(join(CHECKOUT, file), "utf8"),
  );
  const names = [...texts.join("\n").matchAll(/\bdescribe\(\s*"([a-z]+)/g)].map(([, name = ""]) => name);
  assert.ok(names.length > 10, names.join());
  return names;
}

function says(file: string, what: string, words: readonly string[]): void {
  it(`${what}, in ${file}`, () => {
    const said = codeWords(readGuide(file));
    assert.deepEqual(
      words.filter((word) => !said.has(word)),
      [],
    );
  });
}
