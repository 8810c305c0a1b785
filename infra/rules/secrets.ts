/** Rules of secrets: in the stack's file each of them is encrypted, whatever else beside it is. */

import { keyName } from "../schema/explain.ts";
import type { Problem } from "../schema/problem.ts";
import type { VipConfig } from "../schema/schema.ts";
import { UNSIGNED } from "../schema/vipSchema.ts";
import type { Encryption } from "../stackFile/encryption.ts";
import type { Draft } from "../stackFile/shape.ts";

/** What authenticates an operator, an advertisement or an agent must not be read by everybody who reads the repository. */
export function clearTextRules(
  { ssh, vips, agentKeys, ovh, openstack }: Draft,
  standingOf: Encryption["standingOf"],
): readonly Problem[] {
  const secrets: readonly (readonly string[])[] = [
    ...(["privateKey", "hostKeySeed"] as const).flatMap((name) => (ssh?.[name] === undefined ? [] : [["ssh", name]])),
    ...[...vips].flatMap(([name, { authentication }]) =>
      authenticationPaths(["vips", name, "authentication"], authentication),
    ),
    ...Object.keys(agentKeys?.seeds ?? {}).map((number) => ["agentKeys", "seeds", number]),
    ...(typeof ovh?.credentials === "object"
      ? Object.keys(ovh.credentials)
          .filter((key) => !PUBLIC_CREDENTIALS.includes(key))
          .map((key) => ["ovh", "credentials", key])
      : []),
    ...(openstack === undefined ? [] : [["openstack", "applicationCredential", "secret"]]),
  ];
  return secrets.filter((path) => standingOf(path) === "clear").map(clearText);
}

/** A password or key alone, or each of a ring's keys: a mode, or which of them signs, is nobody's secret. */
function authenticationPaths(
  at: readonly string[],
  authentication: VipConfig["authentication"],
): readonly (readonly string[])[] {
  if (authentication === undefined || authentication === UNSIGNED) return [];
  if (typeof authentication === "string") return [at];
  return Object.keys(authentication.keys ?? {}).map((id) => [...at, "keys", id]);
}

/** Names of credentials, which say who somebody is and prove nothing. */
const PUBLIC_CREDENTIALS: readonly string[] = ["applicationKey", "clientId"];

/** The problem of a secret that stands in a file for everybody to read. */
function clearText(path: readonly string[]): Problem {
  return {
    key: keyName(path),
    why: "is in the stack's file in clear text, for everybody who reads the repository",
    remedy: `make a new one, and set it with: pulumi config set --secret --path ${path.join(".")}`,
  };
}
