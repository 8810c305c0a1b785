/** The template of new databases: a folder in the cache that is whole, or is not there. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { runCommand } from "../../toolchain/command.ts";
import { withLock } from "../../toolchain/lock.ts";
import { DATABASE_SERVER, INSTALL_DATABASE } from "./configuration/mariadb.ts";
import { CELL_ADDRESSES } from "./configuration/nova.ts";
import { isThere } from "./presence.ts";

/** Packages whose version decides what the tables look like. */
const PACKAGES = [
  "keystone",
  "placement-api",
  "glance-api",
  "neutron-server",
  "nova-api",
  "python3-nova",
  "mariadb-server",
] as const;

/** What makes the tables, beside packages and data: the migrations' commands. */
const RECIPE = join(import.meta.dirname, "databases.ts");

/** A folder of this name is not whole. */
const DRAFT = "draft-";
/** Of 170 MB each: one for what runs now, and one for the branch beside it. */
const KEPT = 2;

/** Where the template of these packages and this way to make databases is, or belongs. */
export async function templatePath(cacheDir: string, schemas: readonly string[]): Promise<string> {
  const { stdout } = await runCommand(["dpkg-query", "--show", ...PACKAGES]);
  const made = [stdout, schemas, INSTALL_DATABASE, DATABASE_SERVER, CELL_ADDRESSES, await readFile(RECIPE, "utf8")];
  const key = createHash("sha256").update(JSON.stringify(made)).digest("hex").slice(0, 16);
  return join(cacheDir, "openstack", key);
}

/** Copies the template to where nothing is yet. @returns false when there is none */
export async function copyTemplate(template: string, to: string): Promise<boolean> {
  return await locked(template, async () => {
    if (!(await isThere(template))) return false;
    const now = new Date();
    await utimes(template, now, now);
    await copyFolder(template, to);
    return true;
  });
}

/** Makes a folder the template, unless another lab was quicker. Of those before it, the one used last stays. */
export async function publishTemplate(folder: string, template: string): Promise<void> {
  await locked(template, async () => {
    const draft = join(dirname(template), `${DRAFT}${basename(template)}`);
    await rm(draft, { recursive: true, force: true });
    if (!(await isThere(template))) {
      await copyFolder(folder, draft);
      const now = new Date();
      await utimes(draft, now, now);
      await rename(draft, template);
    }
    await prune(dirname(template));
  });
}

/** Removes drafts of others, which nobody is about any more, and templates that were not used for the longest time. */
async function prune(templates: string): Promise<void> {
  const folders = (await readdir(templates, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const found = await Promise.all(
    folders.map(async ({ name }) => ({ name, usedMs: (await stat(join(templates, name))).mtimeMs })),
  );
  const whole = found.filter(({ name }) => !name.startsWith(DRAFT)).sort((one, other) => other.usedMs - one.usedMs);
  const kept = new Set(whole.slice(0, KEPT).map(({ name }) => name));
  for (const { name } of found) {
    if (!kept.has(name)) await rm(join(templates, name), { recursive: true, force: true });
  }
}

/** Labs are told apart by processes, and templates are everybody's. */
async function locked<T>(template: string, act: () => Promise<T>): Promise<T> {
  const templates = dirname(template);
  await mkdir(templates, { recursive: true, mode: 0o700 });
  return await withLock(join(templates, "lock"), act);
}

/** With owners and modes; where the file system can share blocks, it does. */
async function copyFolder(from: string, to: string): Promise<void> {
  await runCommand(["cp", "--archive", "--reflink=auto", "--no-target-directory", from, to]);
}
