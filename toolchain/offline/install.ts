// Puts the stand-ins where Pulumi looks for plugins: bundled into one file each, behind a launcher with Node's path.
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CHECKOUT } from "../places.ts";

/** A plugin to make from TypeScript. */
export interface StandIn {
  /** The executable that Pulumi starts: `pulumi-language-nodejs`. */
  readonly executable: string;
  /** The source file to bundle, in this folder. */
  readonly entry: string;
}

/** Changes when a stand-in would: with its sources, or the packages it bundles. */
export async function standInKey(): Promise<string> {
  const hash = createHash("sha256");
  const sources = await readdir(import.meta.dirname, { recursive: true });
  const shared = ["command.ts", "messageOf.ts", "userError.ts"].map((name) => join(import.meta.dirname, "..", name));
  const files = sources.filter((name) => name.endsWith(".ts")).map((name) => join(import.meta.dirname, name));
  for (const file of [...files.sort(), ...shared, join(CHECKOUT, "package-lock.json")]) {
    hash.update(`\n${file}\n`).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Bundles the stand-in into `folder`: its launcher and its code. Each file appears complete or not at all. */
export async function installStandIn({ executable, entry }: StandIn, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bundle = join(folder, `${executable}.cjs`);
  const draft = `${bundle}.tmp-${process.pid}`;
  // Loaded only here: it costs a tenth of a second, and the toolchain is usually in place.
  const { build } = await import("esbuild");
  try {
    await build({
      entryPoints: [join(import.meta.dirname, entry)],
      outfile: draft,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      // ssh2's compiled extras, which it does without.
      external: ["*.node", "cpu-features"],
      logLevel: "silent",
    });
    await rename(draft, bundle);
    await writeLauncher(join(folder, executable), bundle);
  } finally {
    await rm(draft, { force: true });
  }
}

/** A script that becomes Node: the engine signals the process it started, so that must be the plugin itself. */
async function writeLauncher(file: string, bundle: string): Promise<void> {
  const draft = `${file}.tmp-${process.pid}`;
  await writeFile(draft, `#!/bin/sh\nexec ${shellQuote(process.execPath)} ${shellQuote(bundle)} "$@"\n`);
  await chmod(draft, 0o755);
  await rename(draft, file);
}

/** A word that a POSIX shell takes as it is. */
const shellQuote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
