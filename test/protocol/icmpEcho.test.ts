import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeEchoReply,
  ECHO_FAULTS,
  type Echo,
  type EchoFault,
  encodeEchoRequest,
} from "../../agent/protocol/neighbours/icmpEcho.ts";
import { internetChecksum } from "../../agent/protocol/packet/checksum.ts";
import type { Family } from "../../agent/protocol/packet/packet.ts";
import { hostileBytes, seesOnlyItsOwnBytes } from "./noise.ts";

const ECHO: Echo = { identifier: 0x1234, sequence: 0x0007, data: Uint8Array.of(1, 2, 3, 4, 5) };
const FAMILIES = [4, 6] as const;

const octets = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** 192.0.2.1 to 192.0.2.2, without its header checksum, which no raw socket's reader looks at. */
function datagram(message: Uint8Array, protocol = 1): Uint8Array {
  const header = octets("4500 0000 0000 0000 40 00 0000 c0000201 c0000202");
  const bytes = Uint8Array.of(...header, ...message);
  bytes[3] = bytes.length;
  bytes[9] = protocol;
  return bytes;
}

/** What a host answers: the request with another type, and over IPv4 another checksum. */
function replyTo(family: Family, request: Uint8Array): Uint8Array {
  const message = request.slice();
  message.set([family === 4 ? 0 : 129, 0, 0, 0]);
  if (family === 6) return message;
  const checksum = internetChecksum(message);
  message.set([checksum >> 8, checksum & 0xff], 2);
  return datagram(message);
}

describe("ICMP echo", () => {
  it("is asked as RFC 792 and RFC 4443 4.1 have it, octet by octet", () => {
    assert.deepEqual(encodeEchoRequest(4, ECHO), octets("08 00 dcbe 1234 0007 0102030405"));
    assert.equal(internetChecksum(encodeEchoRequest(4, ECHO)), 0);
    assert.deepEqual(encodeEchoRequest(6, ECHO), octets("80 00 0000 1234 0007 0102030405"));
  });

  it("comes back with what was sent", () => {
    const number = fc.nat(0xffff);
    const echo = fc.record(
      { identifier: number, sequence: number, data: fc.uint8Array({ maxLength: 64 }) },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.constantFrom(...FAMILIES), echo, (family, sent) => {
        const reply = decodeEchoReply(family, replyTo(family, encodeEchoRequest(family, sent)));
        assert.deepEqual(reply, { ok: true, value: sent });
      }),
    );
  });

  it("has no room for larger numbers", () => {
    assert.throws(() => encodeEchoRequest(4, { ...ECHO, identifier: 0x1_0000 }), /identifier is 65536/);
    assert.throws(() => encodeEchoRequest(6, { ...ECHO, sequence: -1 }), /sequence is -1/);
  });

  const good = replyTo(4, encodeEchoRequest(4, ECHO));
  const change = (offset: number, octet: number): Uint8Array =>
    good.map((old, index) => (index === offset ? octet : old));
  const faulty: Readonly<Record<EchoFault, readonly [Family, Uint8Array]>> = {
    "ip-truncated": [4, good.subarray(0, 19)],
    "ip-version": [4, change(0, 0x65)],
    "ip-header-length": [4, change(0, 0x44)],
    "ip-total-length": [4, change(3, 19)],
    "ip-fragment": [4, change(7, 1)],
    "icmp-protocol": [4, change(9, 112)],
    "icmp-truncated": [6, new Uint8Array(7)],
    "icmp-checksum": [4, change(30, 0xff)],
    "icmp-type": [6, encodeEchoRequest(6, ECHO)],
  };
  for (const name of ECHO_FAULTS) {
    it(`is refused as ${name}`, () => {
      assert.deepEqual(decodeEchoReply(...faulty[name]), { ok: false, fault: name });
    });
  }

  it("is not what a request is", () => {
    for (const family of FAMILIES) {
      const request = encodeEchoRequest(family, ECHO);
      const received = family === 4 ? datagram(request) : request;
      assert.deepEqual(decodeEchoReply(family, received), { ok: false, fault: "icmp-type" });
    }
  });

  it("is a reply or a named fault, whatever comes", () => {
    const faults: readonly string[] = ECHO_FAULTS;
    const ipv6 = replyTo(6, encodeEchoRequest(6, ECHO));
    fc.assert(
      fc.property(fc.constantFrom(...FAMILIES), hostileBytes(good, ipv6), (family, bytes) => {
        const result = seesOnlyItsOwnBytes((input) => decodeEchoReply(family, input), bytes);
        assert.ok(result.ok || faults.includes(result.fault));
      }),
      { numRuns: 2_000 },
    );
  });
});
