// The language host's reading of Pulumi.yaml: what it honours, and what it refuses rather than ignores.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseRuntimeOptions, splitArguments } from "../../toolchain/offline/runtimeOptions.ts";
import { CHECKOUT } from "../../toolchain/places.ts";

describe("runtime options", () => {
  it("of this project run the program with tsx and without the SDK's ts-node", () => {
    const project = parse(readFileSync(join(CHECKOUT, "Pulumi.yaml"), "utf8")) as { runtime: { options: unknown } };
    assert.deepEqual(parseRuntimeOptions(project.runtime.options), {
      nodeArgs: ["--import", "tsx"],
      environment: { PULUMI_NODEJS_TYPESCRIPT: "false" },
    });
  });

  it("default to ts-node, as the official host does", () => {
    const expected = { nodeArgs: [], environment: { PULUMI_NODEJS_TYPESCRIPT: "true" } };
    assert.deepEqual(parseRuntimeOptions(undefined), expected);
    assert.deepEqual(parseRuntimeOptions({ packagemanager: "npm" }), expected);
  });

  it("are refused by name when they would change what runs", () => {
    assert.throws(() => parseRuntimeOptions({ nodeargs: 5 }), /runtime\.options\.nodeargs/);
    assert.throws(() => parseRuntimeOptions({ binary: "program" }), /binary/);
  });

  it("keep quoted blanks in node's arguments", () => {
    assert.deepEqual(splitArguments(`--import tsx --title="two words" 'a b'  `), [
      "--import",
      "tsx",
      "--title=two words",
      "a b",
    ]);
    assert.deepEqual(splitArguments(""), []);
  });
});
