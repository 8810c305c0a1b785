/** Keystone's configuration. */
import { join } from "node:path";
import { behindGateway, type ConfigurationFile, cache, database, locks, type Setting } from "./common.ts";
import { renderIni } from "./ini.ts";

export const keystoneDir = ({ places }: Pick<Setting, "places">): string => join(places.etc, "keystone");
export const keystoneKeys = ({ places }: Pick<Setting, "places">, kind: "fernet" | "credential"): string =>
  join(places.data, "keystone", `${kind}-keys`);

/** A day: longer than anything a lab does in one go. */
const TOKEN_SECONDS = 86_400;
/** The least that bcrypt has: passwords here guard a lab, and a login must not take a third of a second. */
const HASH_ROUNDS = 4;

export function keystoneConfiguration(setting: Setting): readonly ConfigurationFile[] {
  const text = renderIni({
    DEFAULT: { use_stderr: true },
    database: database("keystone"),
    token: { provider: "fernet", expiration: TOKEN_SECONDS },
    identity: { password_hash_rounds: HASH_ROUNDS },
    fernet_tokens: { key_repository: keystoneKeys(setting, "fernet") },
    fernet_receipts: { key_repository: keystoneKeys(setting, "fernet") },
    credential: { key_repository: keystoneKeys(setting, "credential") },
    cache,
    oslo_concurrency: locks(setting),
    oslo_messaging_notifications: { driver: "noop" },
    oslo_middleware: behindGateway,
  });
  return [{ path: join(keystoneDir(setting), "keystone.conf"), text }];
}
