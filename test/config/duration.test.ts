import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../agent/config/fields/duration.ts";

describe("durations", () => {
  const written: readonly (readonly [string, number])[] = [
    ["1s", 1_000_000],
    ["100ms", 100_000],
    ["40.95s", 40_950_000],
    ["0.5ms", 500],
    ["2m", 120_000_000],
    ["1.5h", 5_400_000_000],
    ["0s", 0],
    ["1.005s", 1_005_000],
  ];
  for (const [text, micros] of written) {
    it(`"${text}" is ${micros} microseconds`, () => {
      assert.equal(parseDuration(text), micros);
    });
  }

  const refused = ["", "1", "s", "1 s", "-1s", "+1s", "1e3s", ".5s", "1.s", "1,5s", "1S", "1us", "1d", " 1s", "1s\n"];
  for (const text of [...refused, `${"9".repeat(20)}h`, `${"9".repeat(400)}ms`]) {
    it(`${JSON.stringify(text.slice(0, 30))} is none`, () => {
      assert.equal(parseDuration(text), undefined);
    });
  }

  it("are written in the largest unit that keeps them whole", () => {
    const micros = [7_200_000_000, 90_000_000, 60_000_000, 1_000_000, 1_500_000, 10_000, 1, 0];
    assert.deepEqual(micros.map(formatDuration), ["2h", "90s", "1m", "1s", "1500ms", "10ms", "0.001ms", "0ms"]);
  });

  it("are the same after microseconds -> text -> microseconds", () => {
    fc.assert(
      fc.property(fc.nat(1e12), (micros) => {
        assert.equal(parseDuration(formatDuration(micros)), micros);
      }),
    );
  });
});
