import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import fc from "fast-check";
import {
  addressBytes,
  addressText,
  compareAddresses,
  familyOf,
  isLinkLocal,
  pseudoHeader,
  solicitedNodeGroup,
} from "../../agent/protocol/packet/ip.ts";
import { octets } from "./message.ts";

/** Any IPv6 address, with as many zeros as people have in theirs. */
const ipv6: fc.Arbitrary<Uint8Array> = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.constantFrom(1, 0xffff, 0xdb8, 0xfe80), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));

const address = fc.oneof(fc.ipV4(), ipv6.map(addressText));

function nodesText(address: string): string {
  return new SocketAddress({ address, family: "ipv6" }).address;
}

describe("IP addresses", () => {
  it("are the same after text -> octets -> text", () => {
    fc.assert(
      fc.property(address, (text) => {
        assert.equal(addressText(addressBytes(text)), text);
      }),
    );
  });

  it("of IPv6 are written as Node writes them", () => {
    fc.assert(
      fc.property(ipv6, (bytes) => {
        const groups = Array.from({ length: 8 }, (_, index) =>
          Buffer.from(bytes.subarray(2 * index, 2 * index + 2)).toString("hex"),
        );
        assert.equal(addressText(bytes), nodesText(groups.join(":")));
      }),
      { numRuns: 2_000 },
    );
  });

  it("of IPv6 are read in every form that Node reads", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        assert.equal(addressText(addressBytes(text)), nodesText(text));
        assert.deepEqual(addressBytes(text.toUpperCase()), addressBytes(text));
      }),
      { numRuns: 2_000 },
    );
  });

  const rfc5952: readonly (readonly [string, string, string])[] = [
    ["4.1 no leading zeros", "2001:0db8::0001", "2001:db8::1"],
    ["4.2.1 as short as it gets", "2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["4.2.2 never for one group", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["4.2.3 the longest run", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["4.2.3 the first of equals", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["4.3 lower case", "2001:DB8::ABCD", "2001:db8::abcd"],
    ["a run at the beginning", "0:0:0:1:2:3:4:5", "::1:2:3:4:5"],
    ["a run at the end", "fe80:0:0:0:0:0:0:0", "fe80::"],
    ["nothing but zeros", "0:0:0:0:0:0:0:0", "::"],
    ["5 an IPv4 address in the last 32 bits", "::ffff:c000:201", "::ffff:192.0.2.1"],
    ["5 the same, deprecated", "::c000:201", "::192.0.2.1"],
    ["5 the loopback address is no IPv4 one", "0:0:0:0:0:0:0:1", "::1"],
  ];
  for (const [rule, text, canonical] of rfc5952) {
    it(`RFC 5952 ${rule}: ${text} is ${canonical}`, () => {
      assert.equal(addressText(addressBytes(text)), canonical);
    });
  }

  it("compare as unsigned numbers in network byte order [6.4.3-m]", () => {
    const number = (text: string) => addressBytes(text).reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
    assert.ok(compareAddresses("10.0.0.200", "10.0.0.3") > 0);
    assert.ok(compareAddresses("200.0.0.1", "10.0.0.1") > 0);
    assert.ok(compareAddresses("10.0.1.0", "10.0.0.255") > 0);
    assert.ok(compareAddresses("fe80::a", "fe80::9") > 0);
    assert.ok(compareAddresses("fe80::10", "fe80::9") > 0, "unlike their texts");
    fc.assert(
      fc.property(address, address, (left, right) => {
        fc.pre(familyOf(left) === familyOf(right));
        const difference = number(left) - number(right);
        assert.equal(Math.sign(compareAddresses(left, right)), difference === 0n ? 0 : difference > 0n ? 1 : -1);
      }),
    );
  });

  it("of IPv4 come before all of IPv6", () => {
    assert.ok(compareAddresses("255.255.255.255", "::") < 0);
    assert.ok(compareAddresses("::", "255.255.255.255") > 0);
  });

  it("tell their family", () => {
    assert.deepEqual(["192.0.2.1", "::", "::ffff:192.0.2.1"].map(familyOf), [4, 6, 6]);
  });

  it("of IPv6 are link-local from fe80:: to febf:ffff...", () => {
    const isLocal = (text: string) => isLinkLocal(addressBytes(text));
    for (const text of ["fe80::", "fe80::1", "febf:ffff::1"]) assert.equal(isLocal(text), true, text);
    for (const text of ["fe7f::1", "fec0::1", "2001:db8::1", "::", "254.128.0.1"]) {
      assert.equal(isLocal(text), false, text);
    }
  });

  for (const text of [
    "",
    "10.0.0",
    "10.0.0.0.1",
    "10.0.0.256",
    "10.0.0.01",
    "10.0.0.-1",
    "10.0.0.0x1",
    "fe80::1%eth0",
    "fe80:::1",
    "1:2:3:4:5:6:7",
    "1::2::3",
    "12345::",
    "example.net",
  ]) {
    it(`"${text}" is none, and the error says so`, () => {
      assert.throws(() => addressBytes(text), {
        name: "RangeError",
        message: `"${text}" is not an IP address: write one such as 192.0.2.1 or 2001:db8::1`,
      });
    });
  }

  it("have 4 or 16 octets", () => {
    assert.throws(() => addressText(new Uint8Array(5)), {
      name: "RangeError",
      message: "an IP address has 4 or 16 octets, not 5",
    });
  });
});

describe("RFC 4291 2.7.1 solicited-node group", () => {
  it("has the last three octets of the address", () => {
    assert.equal(solicitedNodeGroup("2001:db8::1234:5678"), "ff02::1:ff34:5678");
    assert.equal(solicitedNodeGroup("fe80::1"), "ff02::1:ff00:1");
  });

  it("there is none of IPv4", () => {
    assert.throws(() => solicitedNodeGroup("192.0.2.1"), {
      name: "RangeError",
      message: '"192.0.2.1" is not an IPv6 address: only those have a solicited-node group',
    });
  });
});

describe("pseudo-headers", () => {
  it("over IPv4 have source, destination, zero, protocol and length", () => {
    const header = pseudoHeader({ source: "192.0.2.1", destination: "198.51.100.255" }, 112, 0x0102);
    assert.deepEqual(header, octets("c0000201 c63364ff 00 70 0102"));
  });

  it("over IPv6 have source, destination, length, zeros and next header [5.2.8-d:+]", () => {
    const header = pseudoHeader({ source: "fe80::1", destination: "ff02::12" }, 112, 0x0102);
    const source = "fe80 0000 0000 0000 0000 0000 0000 0001";
    const destination = "ff02 0000 0000 0000 0000 0000 0000 0012";
    assert.deepEqual(header, octets(`${source} ${destination} 00000102 000000 70`));
  });

  it("have two ends of one family", () => {
    assert.throws(() => pseudoHeader({ source: "192.0.2.1", destination: "fe80::1" }, 112, 8), {
      name: "RangeError",
      message: '"192.0.2.1" and "fe80::1" are not of one IP version',
    });
  });
});
