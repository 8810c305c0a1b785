/** The guides promise what the simulator judges, word for word, and the track record names cases that are there. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { allInvariants, FORGERIES_ARE_NOTHING } from "./invariants/all.ts";

const DOCS = new URL("../../docs/", import.meta.url);

describe("docs/promises.md", () => {
  const text = readFileSync(new URL("promises.md", DOCS), "utf8");

  it("has the sentence of every invariant, and no other", () => {
    const written = [...text.matchAll(/^- \*\*([SL]\d+)\*\*: ([\s\S]*?)\n\n/gm)].map(
      ([, number = "", sentence = ""]) => [number, sentence.replaceAll(/\s+/g, " ")],
    );
    const judged = [...allInvariants(), FORGERIES_ARE_NOTHING].map(({ number, sentence }) => [number, sentence]);
    assert.deepEqual(written.toSorted(), judged.toSorted());
  });
});

describe("docs/track-record.md", () => {
  it("names every case that was found", () => {
    const text = readFileSync(new URL("track-record.md", DOCS), "utf8");
    for (const file of readdirSync(new URL("./found/", import.meta.url))) assert.ok(text.includes(file), file);
  });
});
