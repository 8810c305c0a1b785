/** Rules of VRRP's keys. Nothing here shows one. */
import { AUTHENTICATION_KEY_BYTES } from "../../../agent/config/schema/authentication.ts";
import { type KeyPath, keyName } from "../../schema/explain.ts";
import type { Problem } from "../../schema/problem.ts";
import type { KeyRingConfig } from "../../schema/schema.ts";
import { UNSIGNED } from "../../schema/vipSchema.ts";

const KEY = /^(?:[0-9a-fA-F]{2}){32,64}$/;
const MAKE_KEY = "make one with: openssl rand -hex 32";
const MAX_KEYS = 8;

/** Every key is one, has an id that fits its octet, and it is said which of them signs. */
export function keyRules(at: KeyPath, authentication: string | KeyRingConfig): readonly Problem[] {
  if (authentication === UNSIGNED) return [];
  if (typeof authentication === "string") return wrongKey(at, authentication);
  const { keys, active } = authentication;
  if (keys === undefined) return active === undefined ? [] : [signerOfStack(at)];
  const ids = Object.keys(keys);
  return [
    ...Object.entries(keys).flatMap(([id, key]) => [
      ...wrongId([...at, "keys", id], id),
      ...wrongKey([...at, "keys", id], key),
    ]),
    ...tooMany(at, ids),
    // Which of them signs is told once they can be named.
    ...(ids.every((id) => wrongId(at, id).length === 0) ? signer(at, ids, active) : []),
  ];
}

function wrongKey(at: KeyPath, key: string): readonly Problem[] {
  if (KEY.test(key)) return [];
  const { min, max } = AUTHENTICATION_KEY_BYTES;
  return [{ key: keyName(at), why: `is no key of ${min} to ${max} octets in hexadecimal`, remedy: MAKE_KEY }];
}

function wrongId(at: KeyPath, id: string): readonly Problem[] {
  if (/^[1-9]\d{0,2}$/.test(id) && Number(id) <= 255) return [];
  return [{ key: keyName(at), why: "has an id that does not fit its octet", remedy: "number the keys from 1 to 255" }];
}

function tooMany(at: KeyPath, ids: readonly string[]): readonly Problem[] {
  if (ids.length <= MAX_KEYS) return [];
  const why = `are ${ids.length} keys, and a node keeps ${MAX_KEYS}`;
  return [{ key: keyName([...at, "keys"]), why, remedy: "remove those that no node signs with" }];
}

/** Without keys of its own a VIP has the stack's, whose number says which of them signs. */
function signerOfStack(at: KeyPath): Problem {
  const why = "is the id of no key: there are no keys beside it, so the stack's own sign";
  return { key: keyName([...at, "active"]), why, remedy: "remove it, or set keys" };
}

function signer(at: KeyPath, ids: readonly string[], active: number | undefined): readonly Problem[] {
  const key = keyName([...at, "active"]);
  const remedy = `write one of: ${ids.join(", ")}`;
  if (active === undefined) {
    return ids.length === 1 ? [] : [{ key, why: `is missing: nothing says which of ${ids.length} keys signs`, remedy }];
  }
  return ids.includes(String(active)) ? [] : [{ key, why: "is the id of no key", remedy }];
}
