/** Rules of secrets: in the stack's file they are encrypted. */
import { keyName, NAMESPACE } from "../explain.ts";
import type { Problem } from "../problem.ts";
import type { VipConfig } from "../schema.ts";
import type { Draft } from "../shape.ts";
import { UNSIGNED } from "../vipSchema.ts";

/**
 * What authenticates a VIP's advertisements or an agent must not be read by everybody who reads the repository.
 * @param secretKeys the keys Pulumi holds encrypted; undefined when that is not known
 */
export function clearTextRules(
  { vips, agentKeys, ovh, openstack }: Draft,
  secretKeys: readonly string[] | undefined,
): readonly Problem[] {
  if (secretKeys === undefined) return [];
  const secrets: readonly (readonly string[])[] = [
    ...[...vips].flatMap(([name, { authentication }]) =>
      isSecret(authentication) ? [["vips", name, "authentication"]] : [],
    ),
    ...Object.keys(agentKeys?.seeds ?? {}).map((number) => ["agentKeys", "seeds", number]),
    ...(typeof ovh?.credentials === "object"
      ? Object.keys(ovh.credentials)
          .filter((key) => !PUBLIC_CREDENTIALS.includes(key))
          .map((key) => ["ovh", "credentials", key])
      : []),
    ...(openstack === undefined ? [] : [["openstack", "applicationCredential", "secret"]]),
  ];
  return secrets.filter(([section = ""]) => !secretKeys.includes(`${NAMESPACE}:${section}`)).map(clearText);
}

/** Whether there is a key or a password in it: a mode alone is nobody's secret. */
function isSecret(authentication: VipConfig["authentication"]): boolean {
  if (typeof authentication === "object") return authentication.keys !== undefined;
  return authentication !== undefined && authentication !== UNSIGNED;
}

/** Names of credentials, which say who somebody is and prove nothing. */
const PUBLIC_CREDENTIALS: readonly string[] = ["applicationKey", "clientId"];

/** The problem of a secret that stands in a file for everybody to read. */
export function clearText(path: readonly string[]): Problem {
  return {
    key: keyName(path),
    why: "is in the stack's file in clear text, for everybody who reads the repository",
    remedy: `make a new one, and set it with: pulumi config set --secret --path ${path.join(".")}`,
  };
}
