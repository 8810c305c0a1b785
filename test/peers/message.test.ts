/** What peers say to each other, and what is not taken for it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_MESSAGE_BYTES } from "../../agent/peers/protocol/framing.ts";
import { decodeMessage, encodeMessage, type Message, type State } from "../../agent/peers/protocol/message.ts";
import type { RouterView } from "../../agent/peers/protocol/view.ts";
import { web } from "./link.ts";

const STATE: State = {
  kind: "state",
  revision: 7,
  heartbeatMicros: 100_000,
  protocolAlive: true,
  routers: [web(1, "master", 200), { ...web(1, "backup"), protocol: "carp", sourceAddress: "fe80::1" }],
};
const MESSAGES: readonly Message[] = [
  { kind: "hello", version: 1, node: "edge-1", instance: "i", path: 0 },
  { kind: "hello", version: 2, node: "edge-1", instance: "i", path: null },
  STATE,
  { kind: "heartbeat", sentMicros: 1, echo: null },
  { kind: "heartbeat", sentMicros: 2 ** 50, echo: { sentMicros: 3, heldMicros: 4 } },
  { kind: "offer", number: 1, virtualRouter: "web" },
  { kind: "accepted", virtualRouter: "web" },
  { kind: "goodbye", reason: "shutdown" },
  { kind: "close", reason: "silent" },
];

describe("messages of the peer link", () => {
  it("come out as they went in", () => {
    for (const message of MESSAGES) {
      assert.deepEqual(decodeMessage(encodeMessage(message)), { ok: true, value: message });
    }
  });

  it("may say more than is understood", () => {
    const later = JSON.stringify({ kind: "accepted", virtualRouter: "web", mood: "good" });
    assert.deepEqual(decodeMessage(later), { ok: true, value: { kind: "accepted", virtualRouter: "web" } });
  });

  it("are malformed when a field is missing, of another type, or out of its range", () => {
    const [router] = STATE.routers;
    const wrong: readonly unknown[] = [
      null,
      [],
      {},
      { kind: "shout" },
      { kind: "goodbye" },
      { kind: "goodbye", reason: "" },
      { kind: "goodbye", reason: "x".repeat(65) },
      { kind: "hello", version: 1, node: "edge-1", instance: "i", path: 4 },
      { kind: "heartbeat", sentMicros: -1, echo: null },
      { kind: "heartbeat", sentMicros: 1e300, echo: null },
      { kind: "heartbeat", sentMicros: 1 },
      { ...STATE, heartbeatMicros: 0 },
      { ...STATE, routers: [{ ...router, virtualRouterId: 256 }] },
      { ...STATE, routers: [{ ...router, role: "king" }] },
      { ...STATE, routers: [{ ...router, preference: 256 }] },
      { ...STATE, routers: [{ ...router, preference: -(2 ** 24) - 1 }] },
      { ...STATE, routers: [{ ...router, digest: "d".repeat(129) }] },
      { ...STATE, routers: [{ ...router, sourceAddress: "10.25.0.300" }] },
      { ...STATE, routers: Array<unknown>(256).fill(router) },
    ];
    for (const value of wrong) {
      assert.deepEqual(decodeMessage(JSON.stringify(value)), { ok: false, fault: "malformed" }, JSON.stringify(value));
    }
  });

  it("are not JSON when they are not", () => {
    for (const text of ["", "{", "hello", "[".repeat(100_000)]) {
      assert.deepEqual(decodeMessage(text), { ok: false, fault: "not-json" });
    }
  });

  it("decode totally, from noise and from valid ones with a character changed", () => {
    const mutated = fc
      .tuple(fc.constantFrom(...MESSAGES.map(encodeMessage)), fc.nat(400), fc.string({ maxLength: 3 }))
      .map(([text, at, change]) => text.slice(0, at) + change + text.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), mutated), (text) => {
        decodeMessage(text);
      }),
    );
  });

  it("fit a frame with as many virtual routers as there can be, of the longest names", () => {
    const described = web(1, "initialize", -(2 ** 24), "d".repeat(128));
    const router = { ...described, name: "\u0001".repeat(64), sourceAddress: `fe80${":1234".repeat(7)}` };
    const text = encodeMessage({ ...STATE, routers: Array<RouterView>(255).fill(router) });
    assert.ok(Buffer.byteLength(text) <= MAX_MESSAGE_BYTES);
    assert.ok(decodeMessage(text).ok);
  });
});
