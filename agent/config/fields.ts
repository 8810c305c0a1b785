/** The small pieces that every part of the document is made of, with their problems in words. */
import * as z from "zod";
import { expected } from "./expected.ts";

export function wholeNumber(what: string, { min, max }: { readonly min: number; readonly max: number }): z.ZodInt {
  const wanted = expected(what, `a whole number from ${min} to ${max}`);
  return z.int(wanted).min(min, wanted).max(max, wanted);
}

export function label(what: string, remedy: string): z.ZodString {
  const wanted = expected(what, remedy);
  return z.string(wanted).min(1, wanted).max(64, wanted);
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
  return z.array(z.string(wanted).max(4_096, wanted), wanted).min(1, wanted).max(64, wanted);
}
