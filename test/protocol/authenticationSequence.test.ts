import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyReplayMemory, verifyAuthentication } from "../../agent/protocol/authentication.ts";
import {
  clockSequence,
  defaultWindowMicros,
  nextSequence,
  type ReplayPolicy,
  windowSequence,
} from "../../agent/protocol/authenticationSequence.ts";
import { signatureTrailer } from "../../agent/protocol/authenticationTrailer.ts";
import { serialDistance } from "../../agent/protocol/packet/serial.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";

const TIME: ReplayPolicy = { replay: "time", windowMicros: 5_000_000 };
const MONOTONIC: ReplayPolicy = { replay: "monotonic", windowMicros: 5_000_000 };
const SECOND = 1n << 32n;

describe("sequence numbers of signed advertisements", () => {
  it("are the clock: seconds in 32 bits, 65536ths in 16, and a counter of 0", () => {
    assert.equal(clockSequence(0), 0n);
    assert.equal(clockSequence(1_000), SECOND);
    // The time of the draft's vectors.
    assert.equal(clockSequence(0x6800_0000 * 1_000 + 500), 0x6800_0000_8000_0000n);
    assert.equal(clockSequence(999) & 0xffffn, 0n);
    assert.equal(clockSequence(999) >> 16n, 65_470n);
    assert.equal(clockSequence(0.25) >> 16n, 16n, "kernels know parts of a millisecond");
  });

  it("grow with the clock", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.nat(2 ** 30), (wallClockMs, later) => {
        assert.ok(clockSequence(wallClockMs + later + 1) > clockSequence(wallClockMs));
      }),
    );
  });

  it("are apart by no more than the window", () => {
    assert.equal(windowSequence(TIME), 5n * SECOND);
    assert.equal(windowSequence({ ...TIME, windowMicros: 1_500_000 }), SECOND + SECOND / 2n);
  });

  it("have a window of 5 s or three intervals, if none is configured", () => {
    assert.equal(defaultWindowMicros(1_000_000), 5_000_000);
    assert.equal(defaultWindowMicros(40_950_000), 122_850_000);
  });
});

describe("the next sequence number", () => {
  const last = 1_000n * SECOND;
  const cases: readonly (readonly [string, bigint | undefined, bigint, ReplayPolicy, bigint])[] = [
    ["is the clock at first", undefined, last, TIME, last],
    ["is the clock that went on", last, last + 1n, TIME, last + 1n],
    ["counts within one tick of the clock", last, last, TIME, last + 1n],
    ["counts while the clock is behind by the window", last, last - 5n * SECOND, TIME, last + 1n],
    ["believes a clock set back further", last, last - 5n * SECOND - 1n, TIME, last - 5n * SECOND - 1n],
    ["monotonic: believes no clock set back", last, 0n, MONOTONIC, last + 1n],
    ["goes on after the largest", (1n << 64n) - 1n, (1n << 64n) - 1n, MONOTONIC, 0n],
  ];
  for (const [what, previous, clock, policy, expected] of cases) {
    it(what, () => {
      assert.equal(nextSequence(previous, clock, policy), expected);
    });
  }

  it("is always after the last, but for a clock set back in time", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.integer(), (start, drift) => {
        const clock = BigInt.asUintN(64, start + BigInt(drift) * (1n << 20n));
        assert.ok(serialDistance(nextSequence(start, clock, MONOTONIC), start) > 0n);
      }),
    );
  });

  it("is accepted while the sender's clock leaps by less than the window", () => {
    const steps = fc.array(fc.integer({ min: -2_400, max: 2_400 }), { minLength: 1, maxLength: 20 });
    const key = { id: 7, secret: new Uint8Array(32).fill(7) };
    const policy = { ...TIME, mode: "enforce", keys: [key] } as const;
    const source = "192.0.2.1";
    const message = encodeVrrp(
      { virtualRouterId: 1, priority: 100, maxAdvertiseIntervalCentis: 100, addresses: ["192.0.2.100"] },
      { source, destination: "192.0.2.2" },
    );
    fc.assert(
      fc.property(steps, (offsetsMs) => {
        let memory = emptyReplayMemory(1);
        let sent: bigint | undefined;
        for (const [second, offsetMs] of offsetsMs.entries()) {
          const receiverMs = 1_800_000_000_000 + second * 1_000;
          sent = nextSequence(sent, clockSequence(receiverMs + offsetMs), policy);
          const trailer = signatureTrailer(message, { source, key, sequence: sent });
          const claim = { from: source, message, trailer };
          const verification = verifyAuthentication(memory, policy, claim, clockSequence(receiverMs));
          memory = verification.memory;
          assert.deepEqual(verification.verdict, { ok: true, value: "signed" });
        }
      }),
      { numRuns: 200 },
    );
  });
});
