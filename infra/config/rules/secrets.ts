/** Rules of secrets: in the stack's file they are encrypted. */
import { keyName, NAMESPACE } from "../explain.ts";
import type { Problem } from "../problem.ts";
import type { Draft } from "../shape.ts";

/**
 * What authenticates a VIP's advertisements must not be read by everybody who reads the repository.
 * @param secretKeys the keys Pulumi holds encrypted; undefined when that is not known
 */
export function clearTextRules({ vips }: Draft, secretKeys: readonly string[] | undefined): readonly Problem[] {
  if (secretKeys === undefined || secretKeys.includes(`${NAMESPACE}:vips`)) return [];
  return [...vips].flatMap(([name, { authentication }]) =>
    authentication === undefined ? [] : [clearText(["vips", name, "authentication"])],
  );
}

/** The problem of a secret that stands in a file for everybody to read. */
export function clearText(path: readonly string[]): Problem {
  return {
    key: keyName(path),
    why: "is in the stack's file in clear text, for everybody who reads the repository",
    remedy: `make a new one, and set it with: pulumi config set --secret --path ${path.join(".")}`,
  };
}
