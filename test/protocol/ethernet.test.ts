import assert from "node:assert/strict";
import fc from "fast-check";
import { macBytes, macText, multicastMac, virtualRouterMac } from "../../agent/protocol/packet/ethernet.ts";

describe("Ethernet addresses", () => {
  it("are the same after octets -> text -> octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (octets) => {
        assert.deepEqual(macBytes(macText(octets)), octets);
      }),
    );
  });

  it("are written in lower case", () => {
    assert.equal(macText(macBytes("02:AB:cd:0E:00:01")), "02:ab:cd:0e:00:01");
  });

  for (const mac of [
    "",
    "02:00:00:00:00",
    "02-00-00-00-00-01",
    "02:00:00:00:00:01:02",
    "2:0:0:0:0:1",
    "zz:00:00:00:00:01",
  ]) {
    it(`are not "${mac}", and the error says so`, () => {
      assert.throws(() => macBytes(mac), {
        name: "RangeError",
        message: `"${mac}" is not an Ethernet address such as 02:00:00:00:00:01`,
      });
    });
  }

  const groups: readonly (readonly [string, string, string])[] = [
    ["[5.1.1.2-a]", "224.0.0.18", "01:00:5e:00:00:12"],
    ["RFC 1112 6.4: the highest bit of 24 is lost", "239.129.2.3", "01:00:5e:01:02:03"],
    ["[5.1.2.2-a]", "ff02::12", "33:33:00:00:00:12"],
    ["RFC 2464 7", "ff02::1:ff12:3456", "33:33:ff:12:34:56"],
  ];
  for (const [source, group, mac] of groups) {
    it(`${source} ${group} is sent to ${mac}`, () => {
      assert.equal(multicastMac(group), mac);
    });
  }
});

describe("RFC 9568 7.3 virtual router MAC", () => {
  it("has 01 for IPv4 and 02 for IPv6, then the id [7.3-a]", () => {
    assert.equal(virtualRouterMac(4, 1), "00:00:5e:00:01:01");
    assert.equal(virtualRouterMac(6, 255), "00:00:5e:00:02:ff");
    assert.notEqual(virtualRouterMac(6, 10), virtualRouterMac(4, 10));
  });

  for (const id of [0, 256, 1.5]) {
    it(`there is none for the id ${id}`, () => {
      assert.throws(() => virtualRouterMac(4, id), { name: "RangeError", message: /^virtualRouterId is / });
    });
  }
});
