/** Messages out of a stream of octets, however it is cut and whatever is in it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeFrame, FrameDecoder, MAX_MESSAGE_BYTES } from "../../agent/peers/protocol/framing.ts";

/** What a decoder makes of chunks; undefined after a fault. */
function decodeAll(chunks: readonly Uint8Array[]): readonly string[] | undefined {
  const decoder = new FrameDecoder();
  const texts: string[] = [];
  for (const chunk of chunks) {
    const decoded = decoder.decode(chunk);
    if (!decoded.ok) return undefined;
    texts.push(...decoded.value);
  }
  return texts;
}

describe("framing of the peer link", () => {
  it("writes the length of the UTF-8 text, then the text", () => {
    assert.deepEqual([...encodeFrame("é!")], [0, 0, 0, 3, 0xc3, 0xa9, 0x21]);
  });

  it("gives the messages of a stream in their order, wherever it is cut", () => {
    const texts = fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { maxLength: 10 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(200), { maxLength: 30 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(encodeFrame));
        const places = [
          0,
          ...cuts.filter((cut) => cut < stream.length).sort((left, right) => left - right),
          stream.length,
        ];
        const chunks = places.slice(1).map((end, index) => stream.subarray(places[index], end));
        assert.deepEqual(
          decodeAll(chunks),
          sent.map((text) => Buffer.from(text).toString()),
        );
      }),
    );
  });

  it("takes the longest message, an octet at a time at first", () => {
    const text = "x".repeat(MAX_MESSAGE_BYTES);
    const frame = encodeFrame(text);
    const chunks = [...Array.from(frame.subarray(0, 5_000), (octet) => Uint8Array.of(octet)), frame.subarray(5_000)];
    assert.deepEqual(decodeAll(chunks), [text]);
  });

  it("refuses a length of nothing, and one beyond the longest message, before any of it came", () => {
    for (const length of [0, MAX_MESSAGE_BYTES + 1, 0xffff_ffff]) {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(length);
      assert.deepEqual(new FrameDecoder().decode(header), { ok: false, fault: "bad-length" });
    }
  });

  it("refuses to send what nobody would take", () => {
    assert.throws(() => encodeFrame(""), RangeError);
    assert.throws(() => encodeFrame("x".repeat(MAX_MESSAGE_BYTES + 1)), RangeError);
  });

  it("is total over noise", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
        decodeAll(chunks);
      }),
    );
  });
});
