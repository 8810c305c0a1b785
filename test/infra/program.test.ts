/** The program as the engine runs it. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";

describe("the program", () => {
  it("declares nothing when its configuration is wrong", async () => {
    const declared: string[] = [];
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, inputs }) => {
          declared.push(name);
          return { id: name, state: inputs as Record<string, unknown> };
        },
        call: ({ inputs }) => inputs as Record<string, unknown>,
      },
      "vip-failover",
      "test",
    );
    pulumi.runtime.setAllConfig({ "vip-failover:nodes": JSON.stringify({ "edge-1": { priority: 256 } }) });
    // Not a constant: a module is run once, and this run is to fail.
    const program = "../../infra/index.ts";
    await assert.rejects(import(program), (error) => {
      assert.ok(pulumi.RunError.isInstance(error) && error instanceof Error);
      assert.match(error.message, /vip-failover:nodes\.edge-1\.priority = 256\n {4}does not fit the one byte/);
      return true;
    });
    assert.deepEqual(declared, []);
  });
});
