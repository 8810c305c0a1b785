/** Keystone's keys for tokens and for stored credentials, in folders as its documentation describes them. */
import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Setting } from "./configuration/common.ts";
import { keystoneKeys } from "./configuration/keystone.ts";
import { isThere } from "./presence.ts";

/** The key in use, which has the highest number, and 0, the next one. */
const KEY_COUNT = 2;

/** Makes those that are missing. */
export async function ensureKeystoneKeys(setting: Setting): Promise<void> {
  for (const kind of ["fernet", "credential"] as const) {
    const folder = keystoneKeys(setting, kind);
    if (await isThere(folder)) continue;
    const half = `${folder}.half`;
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { recursive: true, mode: 0o700 });
    for (let number = 0; number < KEY_COUNT; number += 1) {
      // URL-safe base64 with padding, as the Fernet specification has it.
      const key = `${randomBytes(32).toString("base64url")}=`;
      await writeFile(join(half, String(number)), key, { mode: 0o600 });
    }
    await rename(half, folder);
  }
}
