import assert from "node:assert/strict";
import { drawTimeline } from "../../lab/drills/timeline.ts";

describe("the picture of a drill", () => {
  it("has one row a server, filled where it answered, and the fault at its moment", () => {
    const answers = [
      { sentMs: 0, answeredMs: 100, by: "edge-1" },
      { sentMs: 0, answeredMs: 900, by: "edge-1" },
      { sentMs: 0, answeredMs: 3_500, by: "edge-2" },
      { sentMs: 2_000 },
    ];
    assert.equal(
      drawTimeline(answers, { fromMs: 0, untilMs: 4_000, injectedMs: 1_000 }, 20),
      [
        "               ▼ fault",
        "  edge-1  █···█···············",
        "  edge-2  ·················█··",
        "          -1.0 s         3.0 s",
      ].join("\n"),
    );
  });
});
