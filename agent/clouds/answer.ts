/** Reading an API's answer: nothing is taken for granted of it. */
import * as z from "zod";
import { ApiFailure } from "./apiFailure.ts";
import type { Answer } from "./jsonClient.ts";
import { retryAfterMicros } from "./retryAfter.ts";

const MAX_SHOWN = 60;

/** An id that an API gave and that becomes part of a path: letters, digits, `-` and `_`. */
export const apiId = z.string().regex(/^[\w-]{1,64}$/, "is no id");
/** A token, which becomes a header: visible ASCII. */
export const tokenText = z.string().regex(/^[\x21-\x7e]{1,8192}$/, "is no token");

export function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** The body. @throws ApiFailure when it is no JSON, such as a proxy's page: `broken`, or `busy` of a 429 */
export function jsonOf(answer: Answer): unknown {
  const { status, text } = answer;
  try {
    return JSON.parse(text);
  } catch {
    const said = failureFor(answer, "");
    const kind = said.kind === "busy" ? "busy" : "broken";
    throw new ApiFailure(kind, `HTTP ${status} with no JSON${leadingTo(answer)}: ${text.slice(0, MAX_SHOWN)}`, said);
  }
}

/** What it must look like. @throws ApiFailure `broken` when it does not */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ApiFailure("broken", `an answer of another shape: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
}

/** What a status means that is no success, with what the API said. */
export function failureFor(answer: Answer, message: string, code?: string): ApiFailure {
  const { status, headers } = answer;
  const wait = retryAfterMicros(headers, Date.now());
  return new ApiFailure(kindOf(status), `HTTP ${status}${leadingTo(answer)}: ${message}`, {
    status,
    code,
    retryAfterMicros: wait,
  });
}

/** A redirection is not followed: it would take a password or token to wherever the answer says. */
function leadingTo({ status, headers: { location } }: Answer): string {
  if (status < 300 || status >= 400 || location === undefined) return "";
  return ` leads to ${location.slice(0, MAX_SHOWN)}, which is not followed`;
}

function kindOf(status: number): ApiFailure["kind"] {
  if (status === 429) return "busy";
  if (status === 401 || status === 403) return "refused";
  return status >= 400 && status < 500 && status !== 408 ? "not-ready" : "broken";
}
