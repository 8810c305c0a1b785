/** Nova's request bodies: its schema messages and the types of its attributes. */
import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import { checked, type Problem, pythonLiteral, valueAt } from "../../http/validation.ts";
import { isRecord } from "../../http/wire.ts";

/** A name of 1 to 255 characters. */
export const nameSchema = z.string().min(1, { error: "is too short" }).max(255, { error: "is too long" });

/** Metadata: text by key. */
export const metadataSchema = z.record(
  z.string().regex(/^[a-zA-Z0-9\-_:. ]{1,255}$/, { error: "does not match '^[a-zA-Z0-9-_:. ]{1,255}$'" }),
  z.string().max(255, { error: "is too long" }),
);

/** A tag of a server. */
export const tagSchema = z.string().regex(/^[^,/]{1,60}$/, { error: "does not match '^[^,/]*$'" });

/** User data in base64, line breaks dropped. It is text: that is what the hypervisor's config drives hold. */
export const userDataSchema = z
  .string()
  .max(65_535, { error: "is too long" })
  .transform((text) => text.replaceAll(/\s/g, ""))
  .refine(isBase64, { error: "is not a 'base64'" })
  .refine((text) => isUtf8(Buffer.from(text, "base64")), {
    error: "is not text: this cloud takes no binary user data",
  });

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** A JSON boolean, or one of the texts that oslo takes for one. */
export const looseBoolean = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(?:true|false|1|0|yes|no|on|off)$/i)
    .transform((text) => /^(?:true|1|yes|on)$/i.test(text)),
]);

/** The body, checked. Throws Nova's 400, which quotes the value it refuses. */
export function novaBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  return checked(schema, body, "missing", (problem) => refusal(problem, body));
}

/** Refuses attributes of the object at `path` that came with a newer dialect than the request speaks. */
export function refuseNewer(
  body: unknown,
  path: readonly string[],
  since: Readonly<Record<string, number>>,
  minor: number,
): void {
  const there = valueAt(body, path);
  if (!isRecord(there)) return;
  const attributes = Object.keys(there).filter((attribute) => minor < (since[attribute] ?? 0));
  if (attributes.length > 0) throw refusal({ kind: "unknown", path, attributes }, body);
}

function refusal(problem: Problem, body: unknown): ApiError {
  const field = problem.path.at(-1) ?? "body";
  const value = pythonLiteral(valueAt(body, problem.path));
  const about = `Invalid input for field/attribute ${field}. Value: ${value}. `;
  switch (problem.kind) {
    case "unknown": {
      const names = problem.attributes.map(pythonLiteral).join(", ");
      const verb = problem.attributes.length === 1 ? "was" : "were";
      return new ApiError(400, `${about}Additional properties are not allowed (${names} ${verb} unexpected)`);
    }
    case "missing":
      return new ApiError(400, `${about}'${problem.attribute}' is a required property`);
    case "invalid":
      return new ApiError(400, `${about}${pythonLiteral(problem.value)}: ${problem.reason}`);
  }
}
