/** Keystone's refusal of a body. */
import { ApiError } from "../http/errors.ts";
import type { Problem } from "../http/validation.ts";

/** Names the attribute and never its value, which may be a password. */
export function refusal(problem: Problem): ApiError {
  switch (problem.kind) {
    case "missing":
      return new ApiError(400, `'${problem.attribute}' is a required property`);
    case "unknown":
      return new ApiError(400, `Additional properties are not allowed (${problem.attributes.join(", ")})`);
    case "invalid":
      return new ApiError(400, `Invalid input for field '${problem.path.at(-1) ?? "auth"}'`);
  }
}
