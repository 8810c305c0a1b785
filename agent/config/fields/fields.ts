/** The small pieces that every part of the document is made of, with their problems in words. */
import * as z from "zod";
import { expected } from "./expected.ts";

export function wholeNumber(what: string, { min, max }: { readonly min: number; readonly max: number }): z.ZodInt {
  const wanted = expected(what, `a whole number from ${min} to ${max}`);
  return z.int(wanted).min(min, wanted).max(max, wanted);
}

/** A name that people chose, 1 to 64 characters that can be printed. */
export function label(what: string, remedy: string): z.ZodString {
  const wanted = expected(what, remedy);
  // \p{Cc} are control characters, ESC among them; objects lose an entry called __proto__ when they are copied.
  return z
    .string(wanted)
    .min(1, wanted)
    .max(64, wanted)
    .regex(/^(?!__proto__$)[^\p{Cc}]*$/u, wanted);
}

/** linux/if.h, with the NUL. */
const IFNAMSIZ = 16;
const INTERFACE_NAME = /^(?!\.{1,2}$)[^\s/:\p{Cc}]+$/u;

/** Whether Linux takes a name for an interface (dev_valid_name): 1 to 15 octets without blanks, slashes and colons. */
export function isInterfaceName(text: string): boolean {
  return INTERFACE_NAME.test(text) && new TextEncoder().encode(text).length < IFNAMSIZ;
}

/** The name of a network interface. */
export function interfaceName(example: string): z.ZodString {
  const remedy = `an interface such as ${example}, 1 to 15 characters without blanks, "/" and ":"`;
  const wanted = expected("the name of an interface", remedy);
  return z.string(wanted).refine(isInterfaceName, wanted);
}

export function flag(what: string): z.ZodBoolean {
  return z.boolean(expected(what, "true or false"));
}

export function listOf<Item extends z.ZodType>(
  item: Item,
  what: string,
  { min = 1, max, remedy }: { readonly min?: number; readonly max: number; readonly remedy: string },
): z.ZodArray<Item> {
  const wanted = expected(what, remedy);
  return z.array(item, wanted).min(min, wanted).max(max, wanted);
}

/** A program and its arguments, run without a shell. */
export function command(what: string): z.ZodArray<z.ZodString> {
  const wanted = expected(what, 'a program with its arguments, such as ["/usr/local/bin/on-master", "web"]');
  const word = expected(`a word of ${what}`, "a text of at most 4096 characters");
  return z.array(z.string(word).max(4_096, word), wanted).min(1, wanted).max(64, wanted);
}

/** The same by an absolute path: nothing says which PATH the agent has where it runs. */
export function absoluteCommand(what: string): ReturnType<typeof command> {
  const wanted = expected(what, 'a program by its absolute path, such as ["/usr/local/bin/on-master", "web"]');
  return command(what).refine(([program]) => program === undefined || program.startsWith("/"), wanted);
}

/** Says that a map has more entries than one needs. */
export function atMost(
  count: number,
  what: string,
): { readonly check: (map: object) => boolean; readonly error: string } {
  return {
    check: (map) => Object.keys(map).length <= count,
    error: `has more than ${count} ${what}: write fewer`,
  };
}
