/** What a hostile segment sends: noise, and packets that were good before somebody changed them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { flipped } from "./message.ts";

/** What a kernel may hand over: more than any packet of ours, less than a page. */
const LARGEST = 2048;

type Mutation = (packet: Uint8Array) => Uint8Array;

/** Any bytes, or one of some good packets after a few mutations: octets set, bits flipped, cut, extended, spliced. */
export function hostileBytes(...packets: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const mutated = fc
    .tuple(fc.constantFrom(...packets), fc.array(mutations(packets), { maxLength: 4 }))
    .map(([packet, steps]) => steps.reduce((bytes, mutate) => mutate(bytes), packet).subarray(0, LARGEST));
  return fc.oneof({ arbitrary: fc.uint8Array({ maxLength: LARGEST }), weight: 1 }, { arbitrary: mutated, weight: 4 });
}

function mutations(packets: readonly Uint8Array[]): fc.Arbitrary<Mutation> {
  const offset = fc.nat(127);
  const set = fc.tuple(offset, fc.nat(255)).map(
    ([at, octet]): Mutation =>
      (bytes) =>
        bytes.map((old, index) => (index === at ? octet : old)),
  );
  const flip = fc.nat(1023).map(
    (bit): Mutation =>
      (bytes) =>
        flipped(bytes, bit),
  );
  const cut = offset.map(
    (length): Mutation =>
      (bytes) =>
        bytes.subarray(0, length),
  );
  const extend = fc.uint8Array({ maxLength: 64 }).map(
    (tail): Mutation =>
      (bytes) =>
        Uint8Array.of(...bytes, ...tail),
  );
  const splice = fc.tuple(fc.constantFrom(...packets), offset, offset).map(
    ([other, from, at]): Mutation =>
      (bytes) =>
        Uint8Array.of(...bytes.subarray(0, at), ...other.subarray(from)),
  );
  return fc.oneof(set, flip, cut, extend, splice);
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
