// The toolchain made from the package registries, for where Pulumi's own downloads cannot be reached.
import { constants } from "node:fs";
import { access, copyFile, link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { withLock } from "../lock.ts";
import { installStandIn, standInKey } from "../offline/install.ts";
import { installedVersion } from "../places.ts";
import type { Progress } from "../progress.ts";
import { buildGoProgram, type GoProgram } from "./goBuild.ts";
import { CLI_VERSION } from "./versions.ts";

const GO_SOURCES = join(import.meta.dirname, "..", "go");
const OPENSTACK = installedVersion("@pulumi/openstack");
const COMMAND = installedVersion("@pulumi/command");
const OVH = installedVersion("@ovhcloud/pulumi-ovh");

const CLI: GoProgram = {
  name: "pulumi",
  directory: join(GO_SOURCES, "pulumi"),
  package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  version: CLI_VERSION,
  linkerFlags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${CLI_VERSION}`,
  expect: "4 to 7 minutes, once",
};

const OPENSTACK_PLUGIN: GoProgram = {
  name: "pulumi-resource-openstack",
  directory: join(GO_SOURCES, "openstack"),
  package: ".",
  version: OPENSTACK,
  linkerFlags: "-s -w",
  expect: "1 to 3 minutes, once",
};

/** Written last: all that it names is in place. */
const MARKER = "made-from.json";
const markerSchema = z.object({
  /** What the binaries and stand-ins were made from. */
  key: z.string(),
  /** The Node that the stand-ins start. Not always this one: `npm run` and a shell may find different ones. */
  node: z.string(),
});

/**
 * Makes the CLI, its Node language host and the plugins in `home` and returns the CLI's path. What is there and
 * current is left alone.
 *
 *     HOME/bin/                              the CLI; beside it, as in a release, its language host
 *         pulumi
 *         pulumi-language-nodejs  *.cjs
 *     HOME/plugins/resource-openstack-vX/    the bridged Terraform provider
 *     HOME/plugins/resource-command-vX/      the stand-in
 *     HOME/plugins/resource-ovh-vX/          another
 */
export async function ensureBuilt(home: string, progress: Progress): Promise<string> {
  const cli = await buildGoProgram(CLI, progress);
  const openstack = await buildGoProgram(OPENSTACK_PLUGIN, progress);
  const key = [cli, openstack, await standInKey()].join(" ");
  const bin = join(home, "bin");
  const marker = join(bin, MARKER);
  if (!(await isCurrent(marker, key))) {
    await withLock(`${home}.lock`, async () => {
      if (await isCurrent(marker, key)) return;
      await progress.step("installing Pulumi and its plugins into this checkout", () => install(home, cli, openstack));
      await writeFile(marker, JSON.stringify({ key, node: process.execPath }));
      progress.note(
        "  Pulumi's Node language host and its command and ovh plugins cannot be had here: this project's own stand-ins " +
          "take their place. They do what this program needs of them; an official Pulumi on the PATH is preferred.",
      );
    });
  }
  return join(bin, "pulumi");
}

async function isCurrent(marker: string, key: string): Promise<boolean> {
  try {
    const made = markerSchema.parse(JSON.parse(await readFile(marker, "utf8")));
    await access(made.node, constants.X_OK);
    return made.key === key;
  } catch {
    return false;
  }
}

async function install(home: string, cli: string, openstack: string): Promise<void> {
  const bin = join(home, "bin");
  const plugins = join(home, "plugins");
  await rm(join(bin, MARKER), { force: true });
  await place(cli, join(bin, "pulumi"));
  await place(openstack, join(plugins, `resource-openstack-v${OPENSTACK}`, "pulumi-resource-openstack"));
  await installStandIn({ executable: "pulumi-language-nodejs", entry: "languageHost.ts" }, bin);
  const command = { executable: "pulumi-resource-command", entry: "command/plugin.ts" };
  await installStandIn(command, join(plugins, `resource-command-v${COMMAND}`));
  const ovh = { executable: "pulumi-resource-ovh", entry: "ovh/plugin.ts" };
  await installStandIn(ovh, join(plugins, `resource-ovh-v${OVH}`));
}

/**
 * Puts a file of the cache at `file`. As a hard link where it can be: a symbolic one would make the CLI look for its
 * language host in the cache.
 */
async function place(cached: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.tmp-${process.pid}`;
  await rm(draft, { force: true });
  await link(cached, draft).catch(() => copyFile(cached, draft));
  await rename(draft, file);
  // Renaming one link of a file onto another of the same file does nothing, and leaves the draft: rename(2).
  await rm(draft, { force: true });
}
