/** Objects of several kinds, each told by a key of its own: `{ "ping": ... }` or `{ "tcp": ... }`. */
import * as z from "zod";

type Schemas = Readonly<Record<string, z.ZodType<object>>>;
type Input<Kinds extends Schemas> = { [Kind in keyof Kinds]: z.input<Kinds[Kind]> }[keyof Kinds];
type Output<Kinds extends Schemas> = {
  [Kind in keyof Kinds]: { readonly kind: Kind } & z.output<Kinds[Kind]>;
}[keyof Kinds];

/** The object before; after, the same parsed and with its `kind`. */
export type ByKey<Kinds extends Schemas> = z.ZodPipe<
  z.ZodCustom<Input<Kinds>, Input<Kinds>>,
  z.ZodTransform<Output<Kinds>, Input<Kinds>>
>;

/**
 * A schema for each kind, by its key. A problem is that of the kind that was meant, which a plain union cannot tell.
 * @param wanted says what to write where no key tells the kind, or two do.
 */
export function byKey<const Kinds extends Schemas>(
  kinds: Kinds,
  wanted: { readonly error: (issue: { input?: unknown }) => string },
): ByKey<Kinds> {
  return z.custom<Input<Kinds>>().transform((written, context): Output<Kinds> => {
    const isObject = typeof written === "object" && written !== null;
    const [kind, ...others] = isObject ? Object.keys(kinds).filter((key) => Object.hasOwn(written, key)) : [];
    const schema = kind === undefined ? undefined : kinds[kind];
    if (schema === undefined || others.length > 0) {
      context.issues.push({ code: "custom", input: written, message: wanted.error({ input: written }) });
      return z.NEVER;
    }
    const parsed = schema.safeParse(written);
    if (parsed.success) return { kind, ...parsed.data } as Output<Kinds>;
    for (const { path, message, ...issue } of parsed.error.issues) {
      const at = { path: [...path], message, input: { ...(written as object) } };
      if (issue.code === "unrecognized_keys") context.issues.push({ code: issue.code, keys: issue.keys, ...at });
      else context.issues.push({ code: "custom", ...at });
    }
    return z.NEVER;
  });
}
