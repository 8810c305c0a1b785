import assert from "node:assert/strict";
import fc from "fast-check";
import { isLinkLocal } from "../../agent/protocol/packet/ip.ts";
import {
  decodeVrrp,
  encodeVrrp,
  VRRP_FAULTS,
  type VrrpAdvertisement,
  type VrrpEnds,
  type VrrpFault,
} from "../../agent/protocol/vrrp.ts";
import { datagramOf, ipv6PayloadOf } from "./fixture.ts";
import { message, messageBetween } from "./message.ts";
import { hostileBytes, seesOnlyItsOwnBytes } from "./noise.ts";

const ENDS: VrrpEnds = { source: "10.25.0.1", destination: "10.25.0.2" };
const GROUP_ENDS_6: VrrpEnds = { source: "fe80::1", destination: "ff02::12" };
const GOOD: VrrpAdvertisement = {
  virtualRouterId: 10,
  priority: 200,
  maxAdvertiseIntervalCentis: 100,
  addresses: ["10.25.0.10"],
};
const GOOD_6: VrrpAdvertisement = { ...GOOD, addresses: ["fe80::10", "2001:db8::10"] };
const TRAILER = new Uint8Array(28).fill(0xa5);

describe("RFC 9568 7.1 checks of a message", () => {
  const refused: Readonly<Record<VrrpFault, readonly (readonly [string, Uint8Array, VrrpEnds])[]>> = {
    truncated: [
      ["nothing at all [7.1-d:-]", new Uint8Array(), ENDS],
      ["seven octets [7.1-d:-]", message("31 0a c8 01 00 64 0000").subarray(0, 7), ENDS],
      ["three addresses announced, two present", message("31 0a c8 03 00 64 0000 0a19000a 0a19000b"), ENDS],
      ["255 addresses announced [7.1-d:-]", message("31 0a c8 ff 00 64 0000 0a19000a"), ENDS],
      [
        "an IPv4 list over IPv6 [5.2-a:-]",
        messageBetween(GROUP_ENDS_6, "31 0a c8 01 00 64 0000 0a19000a"),
        GROUP_ENDS_6,
      ],
    ],
    version: [
      ["version 2 [7.1-b:-]", message("21 0a c8 01 00 64 0000 0a19000a"), ENDS],
      ["version 4 [7.1-b:-]", message("41 0a c8 01 00 64 0000 0a19000a"), ENDS],
      ["keepalived's version 2 [7.1-b:-]", datagramOf("keepalived-version-2").subarray(20), ENDS],
    ],
    type: [
      ["type 0 [7.1-c:-]", message("30 0a c8 01 00 64 0000 0a19000a"), ENDS],
      ["type 2 [7.1-c:-]", message("32 0a c8 01 00 64 0000 0a19000a"), ENDS],
      ["type 15 [7.1-c:-]", message("3f 0a c8 01 00 64 0000 0a19000a"), ENDS],
    ],
    checksum: [["neither dialect [7.1-e:-]", message("31 0a c8 01 00 64 0000 0a19000a", "bad"), ENDS]],
    "no-addresses": [
      ["a good checksum over no address [7.1-g:-]", message("31 0a c8 00 00 64 0000"), ENDS],
      ["the same over IPv6", messageBetween(GROUP_ENDS_6, "31 0a c8 00 00 64 0000"), GROUP_ENDS_6],
    ],
    "first-address": [
      [
        "a global address first over IPv6 [7.1-h:-]",
        messageBetween(GROUP_ENDS_6, "31 0a c8 01 00 64 0000 2001 0db8 0000 0000 0000 0000 0000 0010"),
        GROUP_ENDS_6,
      ],
    ],
    interval: [["interval 0 [7.1-i:-]", message("31 0a c8 01 00 00 0000 0a19000a"), ENDS]],
  };
  for (const fault of VRRP_FAULTS) {
    for (const [name, bytes, ends] of refused[fault]) {
      it(`${name} is ${fault}`, () => {
        assert.deepEqual(decodeVrrp(bytes, ends), { ok: false, fault });
      });
    }
  }

  it("pass what is just good enough [7.1-b:+ 7.1-c:+ 7.1-d:+ 7.1-e:+ 7.1-g:+ 7.1-i:+ 5.2.1-a:+ 5.2.2-a:+ 5.2.5-a:+ 5.2.7-b:+]", () => {
    const result = decodeVrrp(message("31 0a c8 01 00 01 0000 0a19000a"), ENDS);
    assert.ok(result.ok);
    assert.equal(result.value.advertisement.maxAdvertiseIntervalCentis, 1);
  });

  it("ask for a link-local address in the first place alone [7.1-h:+]", () => {
    const bytes = encodeVrrp(GOOD_6, GROUP_ENDS_6);
    assert.ok(!isLinkLocal(bytes.subarray(24, 40)));
    assert.equal(decodeVrrp(bytes, GROUP_ENDS_6).ok, true);
  });

  it("are made in the order of VRRP_FAULTS: of two faults the first is named", () => {
    const both = (hex: string, checksum?: "bad") => decodeVrrp(message(hex, checksum), ENDS);
    assert.deepEqual(both("22 0a c8 02 00 64 0000 0a19000a", "bad"), { ok: false, fault: "version" });
    assert.deepEqual(both("32 0a c8 02 00 64 0000 0a19000a", "bad"), { ok: false, fault: "type" });
    assert.deepEqual(both("31 0a c8 02 00 64 0000 0a19000a", "bad"), { ok: false, fault: "truncated" });
    assert.deepEqual(both("31 0a c8 00 00 00 0000", "bad"), { ok: false, fault: "checksum" });
    assert.deepEqual(both("31 0a c8 00 00 00 0000"), { ok: false, fault: "no-addresses" });
    const global = "31 0a c8 01 00 00 0000 2001 0db8 0000 0000 0000 0000 0000 0010";
    const result = decodeVrrp(messageBetween(GROUP_ENDS_6, global), GROUP_ENDS_6);
    assert.deepEqual(result, { ok: false, fault: "first-address" });
  });

  it("decode any bytes to a value or a fault, and look at none outside of them", () => {
    const payloads = [
      datagramOf("keepalived-multicast").subarray(20),
      encodeVrrp(GOOD, ENDS, TRAILER),
      encodeVrrp(GOOD_6, GROUP_ENDS_6, TRAILER),
      ipv6PayloadOf("keepalived-ipv6-multicast"),
    ];
    fc.assert(
      fc.property(hostileBytes(...payloads), fc.constantFrom(ENDS, GROUP_ENDS_6), (bytes, ends) => {
        const result = seesOnlyItsOwnBytes((own) => decodeVrrp(own, ends), bytes);
        assert.ok(result.ok || VRRP_FAULTS.includes(result.fault));
      }),
      { numRuns: 2_000 },
    );
  });
});
