import assert from "node:assert/strict";
import fc from "fast-check";
import {
  AUTHENTICATION_FAULTS,
  type AuthenticationFault,
  type AuthenticationPolicy,
  emptyReplayMemory,
  type ReplayMemory,
  verifyAuthentication,
} from "../../agent/protocol/authentication.ts";
import { type AuthenticationKey, signatureTrailer } from "../../agent/protocol/authenticationTrailer.ts";
import { decodeVrrp, encodeVrrp, type VrrpAdvertisement } from "../../agent/protocol/vrrp.ts";
import { flipped, octets } from "./message.ts";
import { hostileBytes, seesOnlyItsOwnBytes } from "./noise.ts";

const SECOND = 1n << 32n;
const KEY: AuthenticationKey = { id: 1, secret: Uint8Array.from({ length: 32 }, (_, index) => index) };
const NEXT_KEY: AuthenticationKey = { id: 2, secret: new Uint8Array(64).fill(0x5a) };
/** The clock of the draft's vectors: their sequence number. */
const CLOCK = 0x6800_0000_8000_0000n;

const ENFORCE: AuthenticationPolicy = { mode: "enforce", keys: [KEY], replay: "time", windowMicros: 5_000_000 };
const MONOTONIC: AuthenticationPolicy = { ...ENFORCE, replay: "monotonic" };

const SOURCE = "198.51.100.10";
const ADVERTISEMENT: VrrpAdvertisement = {
  virtualRouterId: 51,
  priority: 200,
  maxAdvertiseIntervalCentis: 100,
  addresses: ["192.0.2.100"],
};

/** The two vectors of draft-cassen-vrrp-auth-hmac-00: whole payloads of their packets. */
const VECTORS = [
  {
    name: "IPv4",
    ends: { source: SOURCE, destination: "192.0.2.1" },
    advertisement: ADVERTISEMENT,
    payload: octets("3133c80100644402 c0000264 01010000 6800000080000000 1b84bc4e8e43892dc6d98448f8ee2265"),
  },
  {
    name: "IPv6",
    ends: { source: "fe80::10", destination: "fe80::20" },
    advertisement: { ...ADVERTISEMENT, addresses: ["fe80::100"] },
    payload: octets(
      "3133c8010064a2e9 fe800000000000000000000000000100 01010000 6800000080000000 c8c56146ebfd66ee10ec4d8186461b78",
    ),
  },
] as const;

/** The message and the trailer of a payload, cut apart without judging them. */
function cut(payload: Uint8Array): { readonly message: Uint8Array; readonly trailer: Uint8Array } {
  return { message: payload.subarray(0, -28), trailer: payload.subarray(-28) };
}

function signed(sequence: bigint, { source = SOURCE, key = KEY } = {}) {
  const message = encodeVrrp(ADVERTISEMENT, { source, destination: source });
  return { from: source, message, trailer: signatureTrailer(message, { source, key, sequence }) };
}

const EMPTY = emptyReplayMemory(1);
const UNSIGNED = { from: SOURCE, message: signed(CLOCK).message, trailer: undefined };

/** What a receiver says of several advertisements in turn. */
function verdicts(
  policy: AuthenticationPolicy,
  claims: readonly { readonly sequence: bigint; readonly clock?: bigint; readonly source?: string }[],
  memory: ReplayMemory = EMPTY,
): string[] {
  let remembered = memory;
  return claims.map(({ sequence, clock = CLOCK, source = SOURCE }) => {
    const verification = verifyAuthentication(remembered, policy, signed(sequence, { source }), clock);
    remembered = verification.memory;
    return verification.verdict.ok ? verification.verdict.value : verification.verdict.fault;
  });
}

describe("the vectors of draft-cassen-vrrp-auth-hmac-00", () => {
  for (const { name, ends, advertisement, payload } of VECTORS) {
    it(`${name}: is signed to the same octets`, () => {
      const { message, trailer } = cut(payload);
      assert.deepEqual(signatureTrailer(message, { source: ends.source, key: KEY, sequence: CLOCK }), trailer);
      // Any destination's message will do, in either checksum dialect.
      const anybodys = encodeVrrp(advertisement, { ...ends, destination: ends.source });
      assert.deepEqual(signatureTrailer(anybodys, { source: ends.source, key: KEY, sequence: CLOCK }), trailer);
      if (name === "IPv6") assert.deepEqual(encodeVrrp(advertisement, ends, trailer), payload);
    });

    it(`${name}: is told from an unsigned one, and accepted`, () => {
      const result = decodeVrrp(payload, ends);
      assert.ok(result.ok);
      assert.equal(result.value.checksum, "rfc9568");
      assert.deepEqual(result.value.advertisement, advertisement);
      const { message, trailer } = result.value;
      const { verdict, memory } = verifyAuthentication(EMPTY, ENFORCE, { from: ends.source, message, trailer }, CLOCK);
      assert.deepEqual(verdict, { ok: true, value: "signed" });
      assert.deepEqual(memory.senders, [{ source: ends.source, sequence: CLOCK }]);
    });

    const length = payload.length - 28;
    const bits: readonly (readonly [string, number, string])[] = [
      ["version and type", 3, "auth-invalid"],
      ["virtual router id", 8 + 7, "auth-invalid"],
      ["priority", 16 + 7, "auth-invalid"],
      ["count of addresses", 24 + 7, "auth-invalid"],
      ["interval", 40 + 7, "auth-invalid"],
      ["checksum", 48, "signed"],
      ["address", 64 + 5, "auth-invalid"],
      ["scheme", length * 8 + 7, "auth-malformed"],
      ["key id", length * 8 + 15, "auth-unknown-key"],
      ["reserved, first octet", length * 8 + 16, "auth-malformed"],
      ["reserved, second octet", length * 8 + 31, "auth-malformed"],
      ["seconds", length * 8 + 63, "auth-invalid"],
      ["seconds, far off", length * 8 + 40, "auth-stale"],
      ["fraction", length * 8 + 65, "auth-invalid"],
      ["counter", length * 8 + 95, "auth-invalid"],
      ["HMAC, first bit", length * 8 + 96, "auth-invalid"],
      ["HMAC, last bit", length * 8 + 223, "auth-invalid"],
    ];
    for (const [field, bit, expected] of bits) {
      it(`${name}: a flipped bit in the ${field} gives ${expected}`, () => {
        const claim = { from: ends.source, ...cut(flipped(payload, bit)) };
        const { verdict, memory } = verifyAuthentication(EMPTY, ENFORCE, claim, CLOCK);
        assert.equal(verdict.ok ? verdict.value : verdict.fault, expected);
        if (!verdict.ok) assert.equal(memory, EMPTY, "a refused advertisement leaves no trace");
      });
    }

    it(`${name}: any flipped bit but the checksum's is found`, () => {
      for (let bit = 0; bit < payload.length * 8; bit++) {
        const claim = { from: ends.source, ...cut(flipped(payload, bit)) };
        const { verdict } = verifyAuthentication(EMPTY, ENFORCE, claim, CLOCK);
        assert.equal(verdict.ok, bit >> 3 === 6 || bit >> 3 === 7, `bit ${bit}`);
      }
    });

    it(`${name}: another source gives auth-invalid`, () => {
      const from = name === "IPv4" ? "198.51.100.11" : "fe80::11";
      const { verdict } = verifyAuthentication(EMPTY, ENFORCE, { from, ...cut(payload) }, CLOCK);
      assert.deepEqual(verdict, { ok: false, fault: "auth-invalid" });
    });
  }

  it("the families are told apart: ::198.51.100.10's octets at the end are not 198.51.100.10's at the beginning", () => {
    const from = "c633:640a::";
    const { verdict } = verifyAuthentication(EMPTY, ENFORCE, { from, ...cut(VECTORS[0].payload) }, CLOCK);
    assert.deepEqual(verdict, { ok: false, fault: "auth-invalid" });
  });
});

describe("modes of authentication", () => {
  for (const [mode, expected] of [
    ["receive-only", { ok: true, value: "unsigned" }],
    ["permissive", { ok: true, value: "unsigned" }],
    ["enforce", { ok: false, fault: "auth-missing" }],
  ] as const) {
    it(`${mode}: an unsigned advertisement is ${expected.ok ? "accepted" : "auth-missing"}`, () => {
      const verification = verifyAuthentication(EMPTY, { ...ENFORCE, mode }, UNSIGNED, CLOCK);
      assert.deepEqual(verification, { memory: EMPTY, verdict: expected });
    });

    it(`${mode}: what is signed must be so rightly`, () => {
      const { trailer, ...claim } = signed(CLOCK);
      const forged = { ...claim, trailer: flipped(trailer, 200) };
      const { verdict } = verifyAuthentication(EMPTY, { ...ENFORCE, mode }, forged, CLOCK);
      assert.deepEqual(verdict, { ok: false, fault: "auth-invalid" });
    });
  }
});

describe("rotation of keys", () => {
  it("both keys are accepted while one replaces the other, and one sequence runs through", () => {
    const both = { ...ENFORCE, keys: [KEY, NEXT_KEY] };
    const old = verifyAuthentication(EMPTY, both, signed(CLOCK), CLOCK);
    assert.ok(old.verdict.ok);
    const renewed = verifyAuthentication(old.memory, both, signed(CLOCK + 1n, { key: NEXT_KEY }), CLOCK);
    assert.ok(renewed.verdict.ok);
    const replayed = verifyAuthentication(renewed.memory, both, signed(CLOCK), CLOCK);
    assert.deepEqual(replayed.verdict, { ok: false, fault: "auth-replay" });
  });

  it("a dropped key is unknown, and a key of the same id with another secret is invalid", () => {
    const dropped = verifyAuthentication(EMPTY, { ...ENFORCE, keys: [NEXT_KEY] }, signed(CLOCK), CLOCK);
    assert.deepEqual(dropped.verdict, { ok: false, fault: "auth-unknown-key" });
    const other = { ...NEXT_KEY, id: KEY.id };
    const mistaken = verifyAuthentication(EMPTY, { ...ENFORCE, keys: [other] }, signed(CLOCK), CLOCK);
    assert.deepEqual(mistaken.verdict, { ok: false, fault: "auth-invalid" });
  });
});

describe("protection against replay", () => {
  it("only what is after the last of its sender is accepted, in both ways", () => {
    const claims = [0n, 0n, 1n, 3n, 2n, 4n].map((step) => ({ sequence: CLOCK + step }));
    const expected = ["signed", "auth-replay", "signed", "signed", "auth-replay", "signed"];
    assert.deepEqual(verdicts(ENFORCE, claims), expected);
    assert.deepEqual(verdicts(MONOTONIC, claims), expected);
  });

  it("each sender has a sequence of its own", () => {
    const source = "198.51.100.11";
    const claims = [{ sequence: CLOCK + 9n }, { sequence: CLOCK, source }, { sequence: CLOCK, source }];
    assert.deepEqual(verdicts(ENFORCE, claims), ["signed", "signed", "auth-replay"]);
  });

  it("numbers go on after the largest there is (RFC 1982)", () => {
    const top = (1n << 64n) - 1n;
    assert.deepEqual(verdicts(MONOTONIC, [{ sequence: top }, { sequence: 0n }, { sequence: top }]), [
      "signed",
      "signed",
      "auth-replay",
    ]);
  });

  it("time: the window is open to its very ends, on both sides", () => {
    const at = (offset: bigint) => verdicts(ENFORCE, [{ sequence: CLOCK + offset }]);
    assert.deepEqual(at(5n * SECOND), ["signed"]);
    assert.deepEqual(at(5n * SECOND + 1n), ["auth-stale"]);
    assert.deepEqual(at(-5n * SECOND), ["signed"]);
    assert.deepEqual(at(-5n * SECOND - 1n), ["auth-stale"]);
  });

  it("monotonic: no clock is asked", () => {
    assert.deepEqual(verdicts(MONOTONIC, [{ sequence: 7n }, { sequence: 8n }]), ["signed", "signed"]);
  });

  it("time: what is remembered from further ahead than the window expires; monotonic: it stays", () => {
    // A sender whose clock was ahead; then both have the right time, ten seconds earlier.
    const claims = [{ sequence: CLOCK + 10n * SECOND, clock: CLOCK + 10n * SECOND }, { sequence: CLOCK }];
    assert.deepEqual(verdicts(ENFORCE, claims), ["signed", "signed"]);
    assert.deepEqual(verdicts(MONOTONIC, claims), ["signed", "auth-replay"]);
  });

  it("the sender not heard for longest is forgotten when there are too many", () => {
    const [first, ...others] = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"] as const;
    const again = (source: string) => ({ sequence: CLOCK, source });
    const unknownPeers = emptyReplayMemory(0);
    assert.deepEqual(verdicts(MONOTONIC, [...[first, ...others].map(again), again(first)], unknownPeers), [
      ...new Array<string>(6).fill("signed"),
    ]);
    // With the peers known there is room for each of them.
    const known = emptyReplayMemory(5);
    assert.equal(verdicts(MONOTONIC, [...[first, ...others].map(again), again(first)], known).at(-1), "auth-replay");
  });
});

describe("verification", () => {
  it("names of several faults the first of AUTHENTICATION_FAULTS", () => {
    const later = verifyAuthentication(EMPTY, ENFORCE, signed(CLOCK + 1n), CLOCK).memory;
    const worst = signed(CLOCK - 100n * SECOND, { key: { ...NEXT_KEY, id: 9 } });
    const of = (changes: Readonly<Record<number, number>>, claim = worst) => {
      const trailer = claim.trailer.map((octet, offset) => changes[offset] ?? octet);
      const { verdict } = verifyAuthentication(later, ENFORCE, { ...claim, trailer }, CLOCK);
      return verdict.ok ? verdict.value : verdict.fault;
    };
    const found: Record<AuthenticationFault, string> = {
      "auth-missing": verdictName({ ...worst, trailer: undefined }, later),
      "auth-malformed": of({ 0: 2 }),
      "auth-unknown-key": of({}),
      "auth-stale": of({ 1: KEY.id }),
      "auth-invalid": of({ 12: 0 }, signed(CLOCK)),
      "auth-replay": of({}, signed(CLOCK)),
    };
    for (const fault of AUTHENTICATION_FAULTS) assert.equal(found[fault], fault);
  });

  it("ends for any trailer and any message in a verdict, and looks at no other bytes", () => {
    const { message, trailer } = signed(CLOCK);
    fc.assert(
      fc.property(hostileBytes(message, trailer), hostileBytes(trailer), (anyMessage, anyTrailer) => {
        const { memory, verdict } = seesOnlyItsOwnBytes(
          (own) => verifyAuthentication(EMPTY, ENFORCE, { from: SOURCE, message: anyMessage, trailer: own }, CLOCK),
          anyTrailer,
        );
        assert.ok(verdict.ok || AUTHENTICATION_FAULTS.includes(verdict.fault));
        assert.equal(memory === EMPTY, !verdict.ok);
      }),
      { numRuns: 1_000 },
    );
  });
});

function verdictName(claim: Parameters<typeof verifyAuthentication>[2], memory: ReplayMemory): string {
  const { verdict } = verifyAuthentication(memory, ENFORCE, claim, CLOCK);
  return verdict.ok ? verdict.value : verdict.fault;
}
