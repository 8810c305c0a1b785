// Where the toolchain keeps things: per checkout in .vipf/, and per machine in the user's cache.
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The root of this checkout. */
export const CHECKOUT = join(import.meta.dirname, "..");

/** For `node --import`, so that a process of its own can be TypeScript, wherever it is started from. */
export const TYPESCRIPT_LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** What belongs to one checkout: Pulumi's home, its state, a passphrase. Git ignores it; deleting it forgets the lab's stack. */
export const STATE_DIR = join(CHECKOUT, ".vipf");

/**
 * The PULUMI_HOME of each kind of Pulumi: what was built here must never meet a downloaded plugin of the same name,
 * nor the other way round.
 */
export const PULUMI_HOMES = {
  built: join(STATE_DIR, "pulumi-home"),
  official: join(STATE_DIR, "pulumi-home-official"),
} as const;

/** What every checkout on this machine shares: built binaries, keyed by what they were built from. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const own = env["VIPF_CACHE"];
  if (own !== undefined && own !== "") return own;
  const shared = env["XDG_CACHE_HOME"];
  return join(shared !== undefined && shared !== "" ? shared : join(homedir(), ".cache"), "vip-failover");
}

/** The version of an npm package as installed in this checkout, without a leading v. */
export function installedVersion(packageName: string): string {
  const manifest: unknown = createRequire(import.meta.url)(`${packageName}/package.json`);
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) {
    return String(manifest.version).replace(/^v/, "");
  }
  throw new Error(`${packageName}/package.json has no version`);
}
