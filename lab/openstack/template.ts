/** The template of new databases: a folder in the cache that is whole, or is not there. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
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

/** Where the template of these packages and this way to make databases is, or belongs. */
export async function templatePath(cacheDir: string, schemas: readonly string[]): Promise<string> {
  const { stdout } = await runCommand(["dpkg-query", "--show", ...PACKAGES]);
  const made = [stdout, schemas, INSTALL_DATABASE, DATABASE_SERVER, CELL_ADDRESSES, await readFile(RECIPE, "utf8")];
  const key = createHash("sha256").update(JSON.stringify(made)).digest("hex").slice(0, 16);
  return join(cacheDir, "openstack", key);
}

/** Makes a folder the template, unless another lab was quicker. */
export async function publishTemplate(folder: string, template: string): Promise<void> {
  const templates = dirname(template);
  await mkdir(templates, { recursive: true, mode: 0o700 });
  await withLock(join(templates, "lock"), async () => {
    for (const name of await readdir(templates)) {
      if (name.startsWith(DRAFT)) await rm(join(templates, name), { recursive: true, force: true });
    }
    if (await isThere(template)) return;
    const draft = join(templates, `${DRAFT}${basename(template)}`);
    await copyFolder(folder, draft);
    await rename(draft, template);
  });
}

/** With owners and modes; where the file system can share blocks, it does. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await runCommand(["cp", "--archive", "--reflink=auto", "--no-target-directory", from, to]);
}
