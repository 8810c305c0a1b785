/** The plan of the address claim: what changes, what is left alone, and that it leads where it should. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AddressChange,
  isHeld,
  ORIGIN_AGENT,
  parseAddress,
  planAddresses,
  type WantedAddress,
} from "../../agent/interfaces/addressPlan.ts";
import type { Link, LinkAddress } from "../../agent/interfaces/kernel.ts";

const OWN: LinkAddress = { address: "10.25.0.11", prefixLength: 24, origin: 0 };
const VIP: LinkAddress = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };
const WANTED: WantedAddress = { linkIndex: 2, address: "10.25.0.10", prefixLength: 32, lifetimeSeconds: undefined };
const LEASED: WantedAddress = { ...WANTED, lifetimeSeconds: 3 };

function link(index: number, ...addresses: LinkAddress[]): Link {
  return { index, name: `eth${index}`, mac: "02:00:00:00:00:01", running: true, addresses };
}

function summary(changes: readonly AddressChange[]): string[] {
  return changes.map(({ kind, linkName, address }) => `${kind} ${address.address}/${address.prefixLength} ${linkName}`);
}

describe("claims/address", () => {
  it("adds what is wanted and missing, marked as the agent's", () => {
    const plan = planAddresses([WANTED], [link(2, OWN)]);
    assert.deepEqual(plan, [{ kind: "add", linkIndex: 2, linkName: "eth2", address: VIP }]);
  });

  it("changes nothing when everything is as it should be", () => {
    assert.deepEqual(planAddresses([WANTED], [link(2, OWN, VIP)]), []);
    assert.deepEqual(planAddresses([], [link(2, OWN)]), []);
  });

  it("plans for the addresses that an event concerns, and leaves every other as it is", () => {
    const other = { ...VIP, address: "10.25.0.66" };
    const there = [link(2, OWN, VIP, other), link(3, { ...VIP, prefixLength: 24 })];
    const plan = (...concerned: string[]): string[] =>
      summary(planAddresses([], there, () => true, new Set(concerned)));
    assert.deepEqual(plan(VIP.address), ["remove 10.25.0.10/32 eth2", "remove 10.25.0.10/24 eth3"]);
    assert.deepEqual(plan(other.address), ["remove 10.25.0.66/32 eth2"]);
    assert.deepEqual(plan(), []);
  });

  it("finds an address among thousands, with each of its prefix lengths", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({
      ...VIP,
      address: `10.26.${index >> 8}.${index & 255}`,
    }));
    const there = [link(2, OWN, ...many, VIP, { ...VIP, prefixLength: 24 })];
    assert.equal(isHeld(WANTED, there), true);
    assert.equal(isHeld({ ...WANTED, prefixLength: 24 }, there), true);
    assert.equal(isHeld({ ...WANTED, prefixLength: 31 }, there), false);
    assert.equal(isHeld({ ...WANTED, address: "10.27.0.1" }, there), false);
  });

  it("gives a lease its lifetime", () => {
    const [change] = planAddresses([LEASED], [link(2, OWN)]);
    assert.deepEqual(change?.address, { ...VIP, lifetimeSeconds: 3 });
  });

  it("renews what is there when its time has come, and not before", () => {
    const there = [link(2, OWN, { ...VIP, lifetimeSeconds: 2 })];
    const renewal = { kind: "renew", linkIndex: 2, linkName: "eth2", address: { ...VIP, lifetimeSeconds: 3 } };
    assert.deepEqual(
      planAddresses([LEASED], there, () => true),
      [renewal],
    );
    assert.deepEqual(
      planAddresses([LEASED], there, () => false),
      [],
    );
  });

  it("adds what has run out, whether or not a renewal is due", () => {
    assert.deepEqual(summary(planAddresses([LEASED], [link(2, OWN)], () => false)), ["add 10.25.0.10/32 eth2"]);
  });

  it("names an interface that has gone by its number", () => {
    assert.deepEqual(summary(planAddresses([WANTED], [])), ["add 10.25.0.10/32 interface 2"]);
  });

  it("never touches an address that somebody else set, wanted or not, whatever its lifetime and prefix length", () => {
    for (const origin of [0, 3, 18]) {
      for (const prefixLength of [24, 32]) {
        const foreign = { address: "10.25.0.10", prefixLength, origin, lifetimeSeconds: 60 };
        assert.deepEqual(planAddresses([], [link(2, OWN, foreign)]), []);
        assert.deepEqual(
          planAddresses([LEASED], [link(2, OWN, foreign)], () => true),
          [],
          "a renewal would take over its mark and its lifetime",
        );
      }
    }
  });

  it("renews and removes its own beside the same one that somebody else set with another prefix length", () => {
    const there = [link(2, OWN, { ...VIP, origin: 0, prefixLength: 24 }, VIP)];
    assert.deepEqual(summary(planAddresses([LEASED], there, () => true)), ["renew 10.25.0.10/32 eth2"]);
    assert.deepEqual(summary(planAddresses([], there)), ["remove 10.25.0.10/32 eth2"]);
  });

  it("removes a marked address that no configuration knows any more", () => {
    const forgotten = { address: "10.25.0.77", prefixLength: 32, origin: ORIGIN_AGENT };
    assert.deepEqual(summary(planAddresses([], [link(2, forgotten)])), ["remove 10.25.0.77/32 eth2"]);
  });

  it("leaves every other address alone", () => {
    const others = [OWN, { address: "192.0.2.1", prefixLength: 24, origin: 18 }];
    assert.deepEqual(planAddresses([], [link(1), link(2, ...others)]), []);
  });

  it("moves an address that is on the wrong interface, adding before removing", () => {
    const plan = planAddresses([WANTED], [link(2, OWN), link(3, VIP)]);
    assert.deepEqual(summary(plan), ["add 10.25.0.10/32 eth2", "remove 10.25.0.10/32 eth3"]);
  });

  it("replaces an address that has the wrong prefix length", () => {
    const plan = planAddresses([WANTED], [link(2, OWN, { ...VIP, prefixLength: 24 })]);
    assert.deepEqual(summary(plan), ["add 10.25.0.10/32 eth2", "remove 10.25.0.10/24 eth2"]);
  });

  it("takes an IPv6 address off first, as an interface cannot have it twice", () => {
    const want = { ...WANTED, address: "2001:db8::10", prefixLength: 128 };
    const there = { address: "2001:db8::10", prefixLength: 64, origin: ORIGIN_AGENT };
    assert.deepEqual(summary(planAddresses([want], [link(2, there)])), [
      "remove 2001:db8::10/64 eth2",
      "add 2001:db8::10/128 eth2",
    ]);
    assert.deepEqual(summary(planAddresses([want], [link(3, there)])), [
      "add 2001:db8::10/128 interface 2",
      "remove 2001:db8::10/64 eth3",
    ]);
  });

  it("knows whether an address is held", () => {
    assert.equal(isHeld(WANTED, [link(2, OWN, VIP)]), true);
    assert.equal(isHeld(WANTED, [link(2, OWN), link(3, VIP)]), false);
    assert.equal(isHeld(WANTED, []), false);
  });

  it("reads an address with its prefix length", () => {
    assert.deepEqual(parseAddress("2001:db8::10/128"), { address: "2001:db8::10", prefixLength: 128 });
    assert.deepEqual(parseAddress("10.25.0.10/24"), { address: "10.25.0.10", prefixLength: 24 });
  });

  it("leads to exactly what is wanted from anything, in one round", () => {
    const address = fc.constantFrom("10.25.0.10", "10.25.0.11", "10.25.0.12", "10.25.0.13");
    const linkAddress = fc.record({ address, prefixLength: fc.constantFrom(24, 32), origin: fc.constantFrom(0, 112) });
    const arrangement = fc.record({
      links: fc.tuple(fc.uniqueArray(linkAddress, KEY), fc.uniqueArray(linkAddress, KEY)),
      wanted: fc.uniqueArray(
        fc.record({
          linkIndex: fc.constantFrom(2, 3),
          address,
          prefixLength: fc.constantFrom(24, 32),
          lifetimeSeconds: fc.constantFrom(undefined, 3),
        }),
        { selector: (want) => want.address, maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(arrangement, ({ links: [first, second], wanted }) => {
        const before = [link(2, ...first), link(3, ...second)];
        const after = applied(planAddresses(wanted, before), before);
        assert.ok(wanted.every((want) => isHeld(want, after)));
        assert.deepEqual(planAddresses(wanted, after), []);
        const foreign = (links: readonly Link[]): string[] =>
          links.flatMap(({ index, addresses }) =>
            addresses.filter((a) => a.origin !== ORIGIN_AGENT).map((a) => `${index} ${KEY.selector(a)}`),
          );
        assert.deepEqual(foreign(after), foreign(before));
      }),
    );
  });
});

const KEY = { selector: (address: LinkAddress) => `${address.address}/${address.prefixLength}`, maxLength: 4 };

function applied(changes: readonly AddressChange[], links: readonly Link[]): Link[] {
  return links.map((before) => {
    const mine = changes.filter(({ linkIndex }) => linkIndex === before.index);
    const removed = mine.filter(({ kind }) => kind === "remove").map(({ address }) => KEY.selector(address));
    const added = mine.filter(({ kind }) => kind === "add").map(({ address }) => address);
    const kept = before.addresses.filter((address) => !removed.includes(KEY.selector(address)));
    return { ...before, addresses: [...kept, ...added] };
  });
}
