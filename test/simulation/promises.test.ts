/** The README promises what the simulator judges, word for word, and the track record names cases that are there. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { allInvariants, FORGERIES_ARE_NOTHING } from "./invariants/all.ts";

const DOCS = new URL("../../docs/", import.meta.url);

describe("the README's promises by number", () => {
  const text = readFileSync(new URL("../README.md", DOCS), "utf8");

  it("has the sentence of every invariant, and no other", () => {
    const written = [...text.matchAll(/^\| ([SL]\d+) \| (.*?) \|/gm)].map(([, number = "", sentence = ""]) => [
      number,
      sentence,
    ]);
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
