/** Keys that nobody has to make or keep: each is derived from the deployment's seed for one purpose. */
import { hkdfSync } from "node:crypto";

/** HKDF's salt, of everything that is derived here. */
const SALT = "vip-failover";

/**
 * HKDF-SHA-256 (RFC 5869) over the seed. Keys of different purposes or owners say nothing about each other or the seed.
 * @param seed secret text; surrounding blanks do not count, so that a file's last newline does not matter
 * @param purpose what the key is for
 * @param owner what the key belongs to, such as project and stack
 */
export function deriveKey(seed: string, purpose: string, owner: readonly string[], bytes: number): Buffer {
  return Buffer.from(hkdfSync("sha256", seed.trim(), SALT, [purpose, ...owner].join("\0"), bytes));
}
