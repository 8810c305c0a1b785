import assert from "node:assert/strict";
import fc from "fast-check";
import type { CarpPacket } from "../../agent/protocol/carp.ts";
import { type CarpDigestForm, carpDigest, isCarpDigestGood } from "../../agent/protocol/carpDigest.ts";
import { octets } from "./message.ts";

const PASSWORD = "test-vector";
const COUNTER = octets("0123456789abcdef");
const FORMS: readonly CarpDigestForm[] = ["without-link-local", "with-link-local"];

function hex(addresses: readonly string[], form: CarpDigestForm, { password = PASSWORD, virtualHostId = 7 } = {}) {
  return Buffer.from(carpDigest(password, { virtualHostId, addresses, counter: COUNTER }, form)).toString("hex");
}

function packet(digest: Uint8Array, change: Partial<CarpPacket> = {}): CarpPacket {
  const claims = { virtualHostId: 7, advertisementBase: 1, advertisementSkew: 0, demotion: 0 };
  return { ...claims, counter: COUNTER, digest, ...change };
}

describe("the digest of CARP", () => {
  // Computed with Python's hmac from section 2.2 of the ledger, its addresses already in the order they are covered.
  const vectors: readonly (readonly [string, readonly string[], string, string])[] = [
    [
      "IPv4 addresses by their numbers, not their texts",
      ["198.51.100.1", "192.0.2.100", "192.0.2.9"],
      "cd3df18b164496685b48fa50c6bd4f05725c8f54",
      "cd3df18b164496685b48fa50c6bd4f05725c8f54",
    ],
    [
      "IPv4 before IPv6",
      ["2001:db8::100", "192.0.2.100", "2001:db8::9", "192.0.2.9"],
      "dad447d55a8e7cfdbf34a64449bf8258243cec92",
      "dad447d55a8e7cfdbf34a64449bf8258243cec92",
    ],
    [
      "a link-local address in one form alone",
      ["fe80::7", "192.0.2.9", "192.0.2.100", "2001:db8::9", "2001:db8::100"],
      "dad447d55a8e7cfdbf34a64449bf8258243cec92",
      "c3ccf5d9d4d3b6fc459ed6e46e1a7f0c44198d6a",
    ],
    ["no address at all", [], "935d2f4b567e46d39129d18acfa5aee38c9bdc2d", "935d2f4b567e46d39129d18acfa5aee38c9bdc2d"],
  ];
  for (const [what, addresses, without, withLinkLocal] of vectors) {
    it(`covers ${what} [C2-a:+]`, () => {
      assert.equal(hex(addresses, "without-link-local"), without);
      assert.equal(hex(addresses, "with-link-local"), withLinkLocal);
    });
  }

  it("does not depend on the order of the addresses, nor on how often or in which text they are given [C2-e C2-f:+]", () => {
    const addresses = ["192.0.2.9", "192.0.2.100", "2001:db8::9", "fe80::7"];
    const shuffled = fc.shuffledSubarray([...addresses, "192.0.2.9", "2001:DB8:0::9"], { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(shuffled, fc.constantFrom(...FORMS), (given, form) => {
        assert.equal(hex(given, form), hex(addresses, form));
      }),
    );
  });

  it("never covers the lowest and the highest address of a family [C2-e:+]", () => {
    const extremes = ["0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"];
    for (const form of FORMS) assert.equal(hex([...extremes, "192.0.2.9"], form), hex(["192.0.2.9"], form));
  });

  it("changes with the password, the vhid, the counter and each address [C2-a:- C2-f:-]", () => {
    const addresses = ["192.0.2.9", "2001:db8::9"];
    const reference = hex(addresses, "with-link-local");
    const others = [
      hex(addresses, "with-link-local", { password: "test-vectos" }),
      hex(addresses, "with-link-local", { virtualHostId: 8 }),
      hex(["192.0.2.9"], "with-link-local"),
      hex([...addresses, "192.0.2.10"], "with-link-local"),
      hex([...addresses, "fe80::7"], "with-link-local"),
      Buffer.from(
        carpDigest(PASSWORD, { virtualHostId: 7, addresses, counter: octets("0123456789abcdee") }, "with-link-local"),
      ).toString("hex"),
    ];
    assert.equal(new Set([reference, ...others]).size, others.length + 1);
  });

  it("takes a password of up to 20 octets, and never shows a longer one", () => {
    const longest = { password: "0123456789abcdefghij", virtualHostId: 255 };
    assert.equal(hex(["192.0.2.1"], "with-link-local", longest), "a71274fc6e69185f9e4d067197fd8b194f8667ff");
    for (const password of ["", "0123456789abcdefghijk", "ä".repeat(11)]) {
      assert.throws(
        () => hex([], "with-link-local", { password }),
        (error: Error) => error instanceof RangeError && (password === "" || !error.message.includes(password)),
      );
    }
  });
});

describe("verification of the digest of CARP", () => {
  const addresses = ["192.0.2.9", "fe80::7"];
  const digestOf = (form: CarpDigestForm, of = addresses) =>
    carpDigest(PASSWORD, { virtualHostId: 7, addresses: of, counter: COUNTER }, form);

  it("accepts both forms of OpenBSD, and no third [C2-c]", () => {
    for (const form of FORMS) assert.ok(isCarpDigestGood(PASSWORD, addresses, packet(digestOf(form))));
    const third = digestOf("with-link-local", ["fe80::7"]);
    assert.equal(isCarpDigestGood(PASSWORD, addresses, packet(third)), false);
  });

  it("refuses other addresses, another password, vhid or counter [C2-d:- C2-f:-]", () => {
    const good = packet(digestOf("without-link-local"));
    assert.ok(isCarpDigestGood(PASSWORD, addresses, good));
    assert.equal(isCarpDigestGood(PASSWORD, [...addresses, "192.0.2.10"], good), false);
    assert.equal(isCarpDigestGood("test-vectos", addresses, good), false);
    assert.equal(isCarpDigestGood(PASSWORD, addresses, { ...good, virtualHostId: 8 }), false);
    assert.equal(isCarpDigestGood(PASSWORD, addresses, { ...good, counter: octets("0123456789abcdee") }), false);
  });

  it("notices no change of base, skew and demotion, which the protocol leaves unprotected [C2-b]", () => {
    const digest = digestOf("without-link-local");
    const altered = packet(digest, { advertisementBase: 255, advertisementSkew: 255, demotion: 255 });
    assert.ok(isCarpDigestGood(PASSWORD, addresses, altered));
  });

  it("refuses any single flipped bit of it", () => {
    const digest = digestOf("without-link-local");
    for (let bit = 0; bit < digest.length * 8; bit++) {
      const flipped = digest.map((octet, offset) => (offset === bit >> 3 ? octet ^ (0x80 >> (bit & 7)) : octet));
      assert.equal(isCarpDigestGood(PASSWORD, addresses, packet(flipped)), false, `bit ${bit}`);
    }
  });
});
