/** What a hostile segment sends: noise, and packets that were good before somebody changed them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { fixture } from "./fixture.ts";

const ETHERNET_HEADER_LENGTH = 14;

/** Any bytes, or a captured packet with a few octets changed and its end cut off; `skip` octets of it come first. */
export function anyBytes(name: string, skip = ETHERNET_HEADER_LENGTH): fc.Arbitrary<Uint8Array> {
  const packet = fixture(name).subarray(skip);
  const changes = fc.array(fc.tuple(fc.nat(packet.length - 1), fc.nat(255)), { maxLength: 4 });
  const mutated = fc.tuple(changes, fc.nat(packet.length)).map(([octets, length]) => {
    const bytes = packet.slice();
    for (const [offset, octet] of octets) bytes[offset] = octet;
    return bytes.subarray(0, length);
  });
  return fc.oneof(fc.uint8Array({ maxLength: 2048 }), mutated);
}

/** Decodes bytes amid others, twice with different neighbours, and demands the same result: none was looked at. */
export function seesOnlyItsOwnBytes<Result>(decode: (bytes: Uint8Array) => Result, bytes: Uint8Array): Result {
  const amid = (neighbour: number) => {
    const memory = new Uint8Array(bytes.length + 128).fill(neighbour);
    memory.set(bytes, 64);
    return decode(memory.subarray(64, 64 + bytes.length));
  };
  const result = decode(bytes);
  assert.deepEqual(amid(0x00), result);
  assert.deepEqual(amid(0xff), result);
  return result;
}
