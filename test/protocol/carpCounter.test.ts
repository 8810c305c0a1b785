import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CARP_COUNTER_FAULTS,
  type CarpCounters,
  type CarpDialect,
  createCarpCounters,
  judgeCarpCounter,
  nextCarpCounter,
  RESTART_MICROS,
} from "../../agent/protocol/carpCounter.ts";
import { serialBytes, serialOf } from "../../agent/protocol/packet/serial.ts";

const PEER = "192.0.2.2";
const SECOND_MICROS = 1_000_000;
const LARGEST = (1n << 64n) - 1n;

function started(dialect: CarpDialect, seed = 1_000n): CarpCounters {
  return createCarpCounters(dialect, serialBytes(seed));
}

/** The counters that are sent in turn. */
function sent(counters: CarpCounters, times: number): bigint[] {
  let current = counters;
  return Array.from({ length: times }, () => {
    const next = nextCarpCounter(current);
    current = next.counters;
    return serialOf(next.counter);
  });
}

/** What is said of counters heard in turn, a second apart. */
function heard(counters: CarpCounters, serials: readonly bigint[], from = PEER) {
  let current = counters;
  const verdicts = serials.map((serial, second) => {
    const judgement = judgeCarpCounter(current, from, serialBytes(serial), second * SECOND_MICROS);
    current = judgement.counters;
    return judgement.verdict.ok ? "ok" : judgement.verdict.fault;
  });
  return { counters: current, verdicts };
}

describe("CARP's counter, dialect openbsd", () => {
  it("is a cookie that is sent unchanged, whatever is heard [C3-a]", () => {
    assert.deepEqual(sent(started("openbsd"), 3), [1_000n, 1_000n, 1_000n]);
    const { counters } = heard(started("openbsd"), [7n, 5_000n]);
    assert.deepEqual(sent(counters, 2), [1_000n, 1_000n]);
    assert.notDeepEqual(sent(started("openbsd", 1_001n), 1), [1_000n]);
  });

  it("received from anybody is a loop, and no other is [C3-b]", () => {
    const serials = [1_001n, 1_000n, 999n];
    assert.deepEqual(heard(started("openbsd"), serials).verdicts, ["ok", "carp-loop", "ok"]);
  });

  it("of others may do what it likes: they count from our cookie again and again [C3-c:+ C3-i:+]", () => {
    const serials = [1_001n, 1_002n, 1_001n, 5n, 5n, LARGEST];
    assert.deepEqual(heard(started("openbsd"), serials).verdicts, new Array(6).fill("ok"));
  });
});

describe("CARP's counter, dialect ucarp", () => {
  it("is one more each time, and 0 after the largest [C3-d]", () => {
    assert.deepEqual(sent(started("ucarp"), 3), [1_001n, 1_002n, 1_003n]);
    assert.deepEqual(sent(started("ucarp", LARGEST), 2), [0n, 1n]);
  });

  it("goes on from what was heard [C3-e]", () => {
    const { counters } = heard(started("ucarp"), [5_000n]);
    assert.deepEqual(sent(counters, 2), [5_001n, 5_002n]);
    const behind = heard(started("ucarp"), [7n]);
    assert.deepEqual(sent(behind.counters, 1), [8n], "the random number is forgotten");
  });

  it("never goes back once it was sent, so that none of us refuses another", () => {
    const { counters } = nextCarpCounter(started("ucarp"));
    assert.deepEqual(sent(heard(counters, [7n]).counters, 1), [1_002n]);
  });

  it("is not changed by a refused one", () => {
    const { counters } = heard(started("ucarp"), [5_000n, 5_001n]);
    assert.deepEqual(sent(heard(counters, [4_000n]).counters, 1), [5_002n]);
  });
});

describe("replay of CARP, dialect ucarp", () => {
  const histories: readonly (readonly [string, readonly bigint[], readonly string[]])[] = [
    [
      "a counting peer is refused what is not after its last [C3-i:-]",
      [10n, 11n, 11n, 10n, 12n],
      ["ok", "ok", "carp-replay", "carp-replay", "ok"],
    ],
    ["packets may be lost", [10n, 500n, 499n], ["ok", "ok", "carp-replay"]],
    ["a ucarp that hears nobody sends random ones", [10n, 1n << 62n, 7n, 9n << 60n], ["ok", "ok", "ok", "ok"]],
    ["an OpenBSD keeps its counter [C3-i:+]", [10n, 10n, 10n], ["ok", "ok", "ok"]],
    ["an OpenBSD that restarts has another, higher or lower", [10n, 10n, 3n, 3n], ["ok", "ok", "ok", "ok"]],
    ["one that was heard twice may count all the same", [10n, 10n, 11n, 10n], ["ok", "ok", "ok", "carp-replay"]],
    ["counting goes on after the largest", [LARGEST, 0n, LARGEST], ["ok", "ok", "carp-replay"]],
    [
      "a peer that leaps ahead has restarted, and is believed until it counts",
      [10n, 11n, 1n << 40n, 12n, 13n, 12n],
      ["ok", "ok", "ok", "ok", "ok", "carp-replay"],
    ],
  ];
  for (const [what, serials, expected] of histories) {
    it(what, () => {
      assert.deepEqual(heard(started("ucarp"), serials).verdicts, expected);
    });
  }

  it("each peer has a memory of its own", () => {
    const { counters } = heard(started("ucarp"), [10n, 11n]);
    assert.deepEqual(heard(counters, [5n, 6n, 5n], "192.0.2.3").verdicts, ["ok", "ok", "carp-replay"]);
  });

  it("a peer that restarted behind its last counter is back as soon as it heard us", () => {
    const known = heard(started("ucarp"), [1n << 62n, (1n << 62n) + 1n]).counters;
    let peer = started("ucarp", 77n);
    const lost = nextCarpCounter(peer);
    peer = lost.counters;
    const refused = judgeCarpCounter(known, PEER, lost.counter, 0);
    assert.deepEqual(refused.verdict, { ok: false, fault: "carp-replay" });

    const ours = nextCarpCounter(refused.counters);
    peer = judgeCarpCounter(peer, "192.0.2.1", ours.counter, 0).counters;
    const { counter } = nextCarpCounter(peer);
    assert.deepEqual(judgeCarpCounter(ours.counters, PEER, counter, 0).verdict, { ok: true, value: undefined });
  });

  it("nobody is refused for longer than a minute", () => {
    let counters = heard(started("ucarp"), [1_000n, 1_001n]).counters;
    const at = (micros: number, serial: bigint) => {
      const judgement = judgeCarpCounter(counters, PEER, serialBytes(serial), micros);
      counters = judgement.counters;
      return judgement.verdict.ok ? "ok" : judgement.verdict.fault;
    };
    assert.equal(at(0, 5n), "carp-replay");
    assert.equal(at(RESTART_MICROS - 1, 6n), "carp-replay");
    assert.equal(at(RESTART_MICROS, 7n), "ok");
    assert.equal(at(RESTART_MICROS + 1, 8n), "ok");
    assert.equal(at(RESTART_MICROS + 2, 7n), "carp-replay");
  });

  it("the minute begins anew when the true peer is heard in between", () => {
    let { counters } = heard(started("ucarp"), [1_000n, 1_001n]);
    for (const [micros, serial, expected] of [
      [0, 5n, false],
      [RESTART_MICROS / 2, 1_002n, true],
      [RESTART_MICROS, 5n, false],
      [RESTART_MICROS + 1, 6n, false],
    ] as const) {
      const judgement = judgeCarpCounter(counters, PEER, serialBytes(serial), micros);
      counters = judgement.counters;
      assert.equal(judgement.verdict.ok, expected);
    }
  });

  it("a recorded advertisement is refused as long as its sender is heard, whatever happened before", () => {
    const steps = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: LARGEST }), steps, fc.nat(), (seed, increments, chosen) => {
        const serials = increments.reduce<bigint[]>((all, step) => [...all, (all.at(-1) ?? seed) + BigInt(step)], []);
        const { counters, verdicts } = heard(
          started("ucarp"),
          serials.map((serial) => BigInt.asUintN(64, serial)),
        );
        assert.ok(verdicts.every((verdict) => verdict === "ok"));
        const recorded = BigInt.asUintN(64, serials[chosen % serials.length] ?? seed);
        assert.deepEqual(heard(counters, [recorded]).verdicts, ["carp-replay"]);
      }),
    );
  });

  it("two of us never refuse each other at once, whatever was lost between them", () => {
    const events = fc.array(fc.constantFrom("left speaks", "left is lost", "right speaks", "right is lost"), {
      maxLength: 60,
    });
    const serial = fc.bigInt({ min: 0n, max: LARGEST });
    fc.assert(
      fc.property(serial, serial, events, (leftSeed, rightSeed, history) => {
        let left = started("ucarp", leftSeed);
        let right = started("ucarp", rightSeed);
        const speak = (speaker: CarpCounters, listener: CarpCounters, isLost: boolean) => {
          const { counters, counter } = nextCarpCounter(speaker);
          if (isLost) return { speaker: counters, listener, isRefused: false };
          const judgement = judgeCarpCounter(listener, PEER, counter, 0);
          return { speaker: counters, listener: judgement.counters, isRefused: !judgement.verdict.ok };
        };
        for (const event of history) {
          const isLost = event.endsWith("lost");
          if (event.startsWith("left")) ({ speaker: left, listener: right } = speak(left, right, isLost));
          else ({ speaker: right, listener: left } = speak(right, left, isLost));
        }
        const there = speak(left, right, false);
        const back = speak(there.listener, there.speaker, false);
        assert.ok(!there.isRefused || !back.isRefused);
        const again = speak(back.listener, back.speaker, false);
        assert.ok(!again.isRefused, "who was behind has adopted the other's counter");
      }),
      { numRuns: 500 },
    );
  });

  it("remembers no more senders than it has room for", () => {
    let counters = started("ucarp");
    for (let host = 0; host < 200; host++) {
      counters = judgeCarpCounter(counters, `198.51.100.${host}`, serialBytes(BigInt(host)), 0).counters;
    }
    assert.equal(counters.senders.length, 32);
    assert.equal(counters.senders.at(-1)?.source, "198.51.100.199");
  });

  it("judges any counter of 8 octets by a word of its list, and is given no others", () => {
    const dialects = fc.constantFrom<CarpDialect>("openbsd", "ucarp");
    const counters = fc.array(fc.bigInt({ min: 0n, max: LARGEST }), { maxLength: 30 });
    fc.assert(
      fc.property(dialects, counters, (dialect, serials) => {
        for (const verdict of heard(started(dialect), serials).verdicts) {
          assert.ok(verdict === "ok" || CARP_COUNTER_FAULTS.includes(verdict));
        }
      }),
    );
    for (const length of [0, 7, 9]) {
      assert.throws(() => createCarpCounters("ucarp", new Uint8Array(length)), RangeError);
      assert.throws(() => judgeCarpCounter(started("ucarp"), PEER, new Uint8Array(length), 0), RangeError);
    }
  });
});
