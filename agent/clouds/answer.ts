/** Reading an API's answer: nothing is taken for granted of it. */
import type * as z from "zod";
import { ApiFailure } from "./apiFailure.ts";
import type { Answer } from "./jsonClient.ts";

export function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** The body. @throws ApiFailure `broken` when it is no JSON, such as a proxy's page */
export function jsonOf({ status, text }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure("broken", `HTTP ${status} with no JSON: ${text.slice(0, 60)}`, { status });
  }
}

/** What it must look like. @throws ApiFailure `broken` when it does not */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ApiFailure("broken", `an answer of another shape: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
}
