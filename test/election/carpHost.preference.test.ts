import assert from "node:assert/strict";
import fc from "fast-check";
import type { CarpDialect } from "../../agent/election/carp/carpHost.ts";
import { losesTie, type Preference, preferenceOf } from "../../agent/election/carp/claim.ts";
import { claim } from "./carpHostScenario.ts";

const skews = fc.integer({ min: 0, max: 254 });
const claims = fc
  .record({ advertisementBase: fc.integer({ min: 0, max: 3 }), advertisementSkew: skews, demotion: fc.nat(3) })
  .map(claim);
const dialects = fc.constantFrom<CarpDialect>("openbsd", "ucarp");
const addresses = fc.oneof(
  fc.ipV4(),
  fc.tuple(fc.nat(3), fc.nat(3)).map(([third, fourth]) => `10.25.${third}.${fourth}`),
);
const OPPOSITE: Readonly<Record<Preference, Preference>> = { own: "heard", heard: "own", neither: "neither" };

describe("which CARP host is preferred", () => {
  it("is the one of the shorter period; base and skew are one number [C6-i]", () => {
    assert.equal(preferenceOf(claim({ advertisementSkew: 100 }), claim({ advertisementSkew: 101 }), "ucarp"), "own");
    assert.equal(
      preferenceOf(claim({ advertisementBase: 2, advertisementSkew: 0 }), claim({ advertisementSkew: 254 }), "openbsd"),
      "heard",
    );
  });

  it("is in OpenBSD's dialect the one demoted less, whatever the periods; in ucarp's nobody looks [C6-i C6-e]", () => {
    const [fast, slow] = [claim({ advertisementSkew: 0, demotion: 1 }), claim({ advertisementSkew: 254 })];
    assert.equal(preferenceOf(fast, slow, "openbsd"), "heard");
    assert.equal(preferenceOf(fast, slow, "ucarp"), "own");
  });

  it("is the same one for both hosts", () => {
    fc.assert(
      fc.property(claims, claims, dialects, (own, heard, dialect) => {
        assert.equal(preferenceOf(own, heard, dialect), OPPOSITE[preferenceOf(heard, own, dialect)]);
      }),
    );
  });

  it("is never each for itself, also when one speaks ucarp and so sends no demotion", () => {
    fc.assert(
      fc.property(claims, claims, (openbsd, other) => {
        const ucarp = { ...other, demotion: 0 };
        return !(preferenceOf(openbsd, ucarp, "openbsd") === "own" && preferenceOf(ucarp, openbsd, "ucarp") === "own");
      }),
    );
  });
});

describe("which of two equal CARP masters stays", () => {
  it("is the lower address read from its end, as ucarp on a little-endian machine does [C6-j]", () => {
    assert.equal(losesTie("10.25.0.11", "10.25.0.3"), true);
    assert.equal(losesTie("10.25.0.3", "10.25.0.11"), false);
    assert.equal(losesTie("10.25.1.2", "10.25.0.3"), false);
    assert.equal(losesTie("10.25.0.3", "10.25.1.2"), true);
    assert.equal(losesTie("10.26.0.3", "10.25.1.3"), false);
  });

  it("is exactly one, and the one that ucarp's comparison of 32-bit words picks [C6-j]", () => {
    const word = (address: string) =>
      new DataView(Uint8Array.from(address.split("."), Number).buffer).getUint32(0, true);
    fc.assert(
      fc.property(addresses, addresses, (own, other) => {
        assert.equal(losesTie(own, other), word(other) < word(own));
        assert.equal(losesTie(own, other) && losesTie(other, own), false);
        assert.equal(losesTie(own, other) || losesTie(other, own), own !== other);
      }),
    );
  });
});
