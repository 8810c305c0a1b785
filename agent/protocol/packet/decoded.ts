/** What every decoder of this room returns: decoding is total, so bytes are either a value or a named fault. */

/**
 * A decoded value, or the reason there is none.
 *
 * A fault is a word of a closed list that its codec exports; the same word is the label of the drop counter, the log
 * line and the test. No decoder throws, reads past its input or trusts a length it has not compared with it.
 */
export type Decoded<Value, Fault extends string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: Fault };

/** A success. */
export function decoded<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

/** A failure, by name. */
export function fault<Fault extends string>(name: Fault): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: name };
}
