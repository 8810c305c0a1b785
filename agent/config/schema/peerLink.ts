/** The peer link of the document: how the agents of a group reach each other besides their protocol. */
import * as z from "zod";
import { hostAddress } from "../fields/address.ts";
import { durationWithin } from "../fields/duration.ts";
import { expected, expectedUnquoted } from "../fields/expected.ts";
import { label, listOf, wholeNumber } from "../fields/fields.ts";

const HEARTBEAT_MICROS = { min: 10_000, max: 10_000_000 } as const;

/** TCP port of the peer link, of the range that nobody has registered for anything else of ours. */
export const PEER_LINK_PORT = 4112;

const peer = z.strictObject(
  {
    /** The other node's name, as its own document has it. */
    node: label("the name of a node", "1 to 64 characters, such as edge-2"),
    /** Where it listens; the first is preferred, all are kept connected. */
    paths: listOf(hostAddress("an address of the node, such as 10.25.0.12"), "a list of addresses", {
      max: 4,
      remedy: "1 to 4 addresses",
    }),
  },
  expected("a peer", '{ "node": "edge-2", "paths": ["10.25.0.12"] }'),
);

const numberedKey = z.strictObject(
  {
    number: keyNumber(),
    key: sharedKey(),
  },
  expectedUnquoted("a numbered key", '{ "number": 2, "key": "..." }'),
);

/** A key that the group shares, and the number by which a caller names it. */
export type NumberedKey = z.output<typeof numberedKey>;

export const peerLink = z.strictObject(
  {
    /** Own addresses to listen on. */
    listen: listOf(hostAddress("an own address, such as 10.25.0.11"), "a list of own addresses", {
      max: 4,
      remedy: "1 to 4 addresses",
    }),
    port: wholeNumber("a port", { min: 1, max: 65_535 }).default(PEER_LINK_PORT),
    /** The group's key, 32 octets or more in hexadecimal; a TLS pre-shared key. */
    key: sharedKey(),
    /** Which key it is. A node that calls says so: the other may be a step behind or ahead. */
    keyNumber: keyNumber().default(1),
    /** Keys that callers may use as well, so that a change of key loses no connection. */
    otherKeys: listOf(numberedKey, "a list of numbered keys", {
      min: 0,
      max: 7,
      remedy: 'up to 7 of { "number": 2, "key": "..." }',
    }).default([]),
    heartbeat: durationWithin("a heartbeat", HEARTBEAT_MICROS, "100ms").default(100_000),
    /** Heartbeats missed in a row that make a peer lost; more are allowed by itself where jitter is seen. */
    missed: wholeNumber("a number of heartbeats", { min: 2, max: 100 }).default(3),
    peers: listOf(peer, "a list of peers", { max: 254, remedy: "the 1 to 254 other nodes" }),
  },
  expectedUnquoted("a peer link", '{ "listen": [...], "key": "...", "peers": [...] }'),
);

export type PeerLinkConfig = z.output<typeof peerLink>;

/** All keys of a link, the one that this node calls with first. */
export function keysOf({ key, keyNumber: number, otherKeys }: PeerLinkConfig): readonly NumberedKey[] {
  return [{ number, key }, ...otherKeys];
}

function keyNumber(): z.ZodInt {
  return wholeNumber("a key's number", { min: 1, max: 1_000_000 });
}

function sharedKey(): z.ZodString {
  const wanted = {
    error: () => "is not a key: write 64 to 256 hexadecimal digits, such as `openssl rand -hex 32` prints",
  };
  return z.string(wanted).regex(/^(?:[0-9a-fA-F]{2}){32,128}$/, wanted);
}
