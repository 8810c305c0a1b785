/** The probe of duplicate address detection, octet for octet. */
import assert from "node:assert/strict";
import { encodeDuplicateProbe } from "../../agent/protocol/neighbours/duplicateProbe.ts";

const ADDRESS = "20010db8002500000000000000000050";

describe("RFC 4862 5.4.2 duplicate address probe", () => {
  it("asks the address's solicited-node group from nobody's address, with no link-layer address", () => {
    const ethernet = `3333ff00005002000000000186dd`;
    const header = `6000000000183aff${"00".repeat(16)}ff0200000000000000000001ff000050`;
    const message = `87004c2a00000000${ADDRESS}`;
    const frame = encodeDuplicateProbe("02:00:00:00:00:01", "2001:db8:25::50");
    assert.equal(Buffer.from(frame).toString("hex"), ethernet + header + message);
  });

  it("is of IPv6 alone", () => {
    assert.throws(() => encodeDuplicateProbe("02:00:00:00:00:01", "10.25.0.50"), {
      name: "RangeError",
      message: '"10.25.0.50" is not an IPv6 address: neighbour discovery has no other',
    });
  });
});
