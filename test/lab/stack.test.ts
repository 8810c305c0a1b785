import assert from "node:assert/strict";
import { diagnosticsIn, summaryOf } from "../../lab/stack.ts";

describe("what the engine said", () => {
  it("is quoted from its diagnostics, without the outputs around them", () => {
    const output = [
      " +  openstack:networking:Port port creating (0s)",
      "Diagnostics:",
      "  openstack:networking:Port (port):",
      "    error: address 10.25.0.11 is in use",
      "",
      "Outputs:",
      "    vips: {}",
      "Resources:",
      "    1 errored",
    ].join("\n");
    assert.equal(diagnosticsIn(output), "openstack:networking:Port (port):\n    error: address 10.25.0.11 is in use");
  });

  it("is quoted whole when it stopped before", () => {
    assert.equal(diagnosticsIn("error: no stack named 'x' found\n"), "error: no stack named 'x' found");
  });

  it("is summed up by its count of resources", () => {
    assert.equal(summaryOf("Resources:\n    44 unchanged\n\nDuration: 2s\n"), "44 unchanged");
    assert.equal(
      summaryOf("Resources:\n    ~ 1 updated\n    +-1 replaced\n    2 changes. 42 unchanged\n"),
      "~ 1 updated, +-1 replaced, 2 changes. 42 unchanged",
    );
    assert.equal(summaryOf("nothing like it"), "nothing to report");
  });
});
