/** A stack's file as `pulumi config set --secret --path` leaves it, and what the engine then says of its keys. */
import { stringify } from "yaml";

/** Names of values that are secrets, and of maps of such. */
const SECRETS: readonly string[] =
  "privateKey hostKeySeed authentication keys seeds clientSecret applicationSecret consumerKey secret".split(" ");

/** Whether the text at a path below the namespace is encrypted. */
export type Chooser = (path: readonly (string | number)[], text: string) => boolean;

/** What every stack should have encrypted; `authentication: none` is no secret. */
export const secretsByName: Chooser = (path, text) =>
  text !== "none" && path.slice(-2).some((name) => SECRETS.includes(String(name)));

/** Encrypts texts of a configuration, which has its keys without the namespace. */
export function encryptedStack(
  config: Readonly<Record<string, unknown>>,
  isSecret: Chooser = secretsByName,
): { readonly stackFile: string; readonly secretKeys: readonly string[] } {
  const secretKeys = new Set<string>();
  const written = (value: unknown, path: readonly (string | number)[]): unknown => {
    if (typeof value === "string" && isSecret(path, value)) {
      secretKeys.add(`vip-failover:${String(path[0])}`);
      return { secure: "v1:bm9uY2U=:Y2lwaGVydGV4dA==" };
    }
    if (Array.isArray(value)) return value.map((item, index) => written(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, written(inner, [...path, name])]));
  };
  const keys = Object.entries(config).map(([key, value]) => [`vip-failover:${key}`, written(value, [key])]);
  return { stackFile: stringify({ config: Object.fromEntries(keys) as unknown }), secretKeys: [...secretKeys] };
}
