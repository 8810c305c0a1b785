/** The file a node leaves for the one that clears up after it: written whole, read with suspicion. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type KeptNodeState,
  readNodeState,
  removeNodeState,
  writeNodeState,
} from "../../agent/virtualRouter/nodeState.ts";
import { configOf } from "../support/documents.ts";

const STANDING: KeptNodeState = {
  version: 2,
  pid: 4242,
  process: "4242 since 100",
  node: "edge-1",
  virtualRouters: configOf(1).virtualRouters.map((config) => ({
    config,
    role: "master",
    preference: 100,
    memory: "0f",
  })),
};

describe("node: standing file", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-standing-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it("is read as it was written, and is for its owner's eyes only", () => {
    writeNodeState(directory, STANDING);
    assert.deepEqual(readNodeState(directory), STANDING);
    assert.equal(statSync(join(directory, "standing.json")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(directory), ["standing.json"]);
  });

  it("is gone after a clean end", () => {
    writeNodeState(directory, STANDING);
    removeNodeState(directory);
    removeNodeState(directory);
    assert.equal(readNodeState(directory), undefined);
  });

  const [router] = STANDING.virtualRouters;
  const broken: Record<string, unknown> = {
    "half a file": undefined,
    "another version": { ...STANDING, version: 1 },
    "no list": { ...STANDING, virtualRouters: "all" },
    "an unknown role": { ...STANDING, virtualRouters: [{ ...router, role: "emperor" }] },
    "a name for an address": {
      ...STANDING,
      virtualRouters: [{ ...router, config: { ...router?.config, sourceAddress: "edge-1" } }],
    },
    "null for a router": { ...STANDING, virtualRouters: [null] },
    "peers that are not addresses": {
      ...STANDING,
      virtualRouters: [{ ...router, config: { ...router?.config, peers: [1] } }],
    },
    "a memory that is no number": { ...STANDING, virtualRouters: [{ ...router, memory: "nothing" }] },
    null: null,
  };
  for (const [what, document] of Object.entries(broken)) {
    it(`is not believed when it has ${what}`, () => {
      const whole = JSON.stringify(STANDING);
      const text = document === undefined ? whole.slice(0, whole.length / 2) : JSON.stringify(document);
      writeFileSync(join(directory, "standing.json"), text);
      assert.equal(readNodeState(directory), undefined);
    });
  }
});
