/** The keys of a VRRP group: the trailer that keepalived 2.4 calls `auth_hmac` (draft-cassen-vrrp-auth-hmac-00). */
import * as z from "zod";
import { durationWithin } from "../fields/duration.ts";
import { expected, expectedUnquoted } from "../fields/expected.ts";
import { wholeNumber } from "../fields/fields.ts";

/** The draft's bounds of a key in octets. */
export const AUTHENTICATION_KEY_BYTES = { min: 32, max: 64 } as const;

const key = z.strictObject(
  {
    /** Says on the wire which key signed, 1..255. */
    id: wholeNumber("a key id", { min: 1, max: 255 }),
    /** 32 to 64 octets in hexadecimal. */
    secret: secretHex("the key in hexadecimal, 64 to 128 digits, such as `openssl rand -hex 32` prints"),
  },
  expectedUnquoted("a key", '{ "id": 1, "secret": "..." }'),
);

const KEYS = expectedUnquoted("a list of keys", '1 to 8 of { "id": 1, "secret": "..." }');

export const authentication = z.strictObject(
  {
    /**
     * `receive-only` verifies signatures that are there, sends none and accepts unsigned advertisements; `permissive`
     * signs and accepts unsigned ones; `enforce` signs and accepts nothing else. A group gets there in this order.
     */
    mode: z.enum(
      ["receive-only", "permissive", "enforce"],
      expected("an authentication mode", '"receive-only", "permissive" or "enforce"'),
    ),
    /** Those that are accepted; two while one replaces the other. */
    keys: z.array(key, KEYS).min(1, KEYS).max(8, KEYS),
    /** Id of the key that signs. */
    active: wholeNumber("the id of the signing key", { min: 1, max: 255 }),
    /** `time`: sequence numbers are clocks, and old advertisements are refused; `monotonic`: they only grow. */
    replay: z.enum(["time", "monotonic"], expected("a replay protection", '"time" or "monotonic"')).default("time"),
    /** How far a sender's clock may be off in `time`. Default: the larger of 5 s and 3 advertisement intervals. */
    window: durationWithin("a replay window", { min: 1_000_000, max: 300_000_000 }, "5s").optional(),
  },
  expectedUnquoted("an authentication", '{ "mode": "enforce", "keys": [...], "active": 1 }'),
);

/** A secret never stands in a problem: the value is not quoted. */
function secretHex(remedy: string): z.ZodString {
  const wanted = {
    error: () =>
      `is not a key of ${AUTHENTICATION_KEY_BYTES.min} to ${AUTHENTICATION_KEY_BYTES.max} octets: write ${remedy}`,
  };
  return z.string(wanted).regex(/^(?:[0-9a-fA-F]{2}){32,64}$/, wanted);
}
