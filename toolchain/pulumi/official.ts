// The official Pulumi: the one on the PATH, if it is new enough and its plugins are there or can be fetched.

import { constants } from "node:fs";
import { access, cp, mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { z } from "zod";
import { runCommand } from "../command.ts";
import { messageOf } from "../messageOf.ts";
import type { Progress } from "../progress.ts";
import { findVersion, formatVersion, isAtLeast } from "./version.ts";
import { type OfficialPlugin, OLDEST_CLI, PLUGINS } from "./versions.ts";

/** Where official plugins come from. Only whether it answers is asked here; the CLI does the fetching. */
const PLUGIN_SERVER = "https://get.pulumi.com/";
/** No network must cost seconds, not minutes. */
const PROBE_TIMEOUT_MS = 4000;
/** The OpenStack plugin is some 30 MB. */
const FETCH_TIMEOUT_MS = 180_000;
const VERSION_TIMEOUT_MS = 10_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Where to look, and where to put what is missing. */
export interface OfficialSearch {
  /** The PULUMI_HOME to fetch plugins into; what was found out is remembered there. */
  readonly home: string;
  readonly env: Environment;
  readonly progress: Progress;
  /** Asked whether it can be reached at all; Pulumi's own when left out. */
  readonly pluginServer?: string;
}

/**
 * The official CLI to use, or undefined. A refusal is remembered for as long as the same CLI is on the PATH, so that
 * without a network only the first run waits.
 */
export async function findOfficial(search: OfficialSearch): Promise<string | undefined> {
  const { home, env, progress } = search;
  const cli = await onPath("pulumi", env);
  if (cli === undefined) return undefined;
  await mkdir(join(home, "plugins"), { recursive: true });
  const { size, mtimeMs } = await stat(cli);
  const identity = JSON.stringify({ cli, size, mtimeMs, plugins: PLUGINS, oldest: OLDEST_CLI });
  const file = join(home, "official.json");
  const known = await recall(file, identity);
  if (known?.refusal !== undefined) return undefined;
  const refusal = (known === undefined ? await objection(cli, env) : undefined) ?? (await ensurePlugins(cli, search));
  await writeFile(file, JSON.stringify({ identity, refusal } satisfies Memory));
  if (refusal === undefined) return cli;
  progress.note(`  ${cli} is not used: ${refusal} (to have it asked again: rm ${file})`);
  return undefined;
}

const memorySchema = z.object({ identity: z.string(), refusal: z.string().optional() });
type Memory = z.infer<typeof memorySchema>;

async function recall(file: string, identity: string): Promise<Memory | undefined> {
  try {
    const memory = memorySchema.parse(JSON.parse(await readFile(file, "utf8")));
    return memory.identity === identity ? memory : undefined;
  } catch {
    return undefined;
  }
}

/** What speaks against the CLI itself; undefined when nothing does. */
async function objection(cli: string, env: Environment): Promise<string | undefined> {
  const beside = dirname(await realpath(cli));
  const host = await onPath("pulumi-language-nodejs", { PATH: [beside, env["PATH"] ?? ""].join(delimiter) });
  if (host === undefined) return "it has no pulumi-language-nodejs beside it";
  try {
    const versionEnv = { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await runCommand([cli, "version"], { env: versionEnv, timeoutMs: VERSION_TIMEOUT_MS });
    return objectionToVersion(stdout);
  } catch (error) {
    return `\`pulumi version\` failed: ${messageOf(error)}`;
  }
}

/** What speaks against a CLI that prints this as its version; undefined when it is new enough for the SDK in package.json. */
export function objectionToVersion(printed: string): string | undefined {
  const found = findVersion(printed);
  const oldest = findVersion(OLDEST_CLI);
  if (found === undefined || oldest === undefined) return `its version "${printed.trim()}" cannot be read`;
  if (isAtLeast(found, oldest)) return undefined;
  return `it is ${formatVersion(found)}, and @pulumi/pulumi needs ${OLDEST_CLI} or newer`;
}

/** Has every plugin in the home; what prevents it, if anything does. */
async function ensurePlugins(cli: string, search: OfficialSearch): Promise<string | undefined> {
  for (const plugin of PLUGINS) {
    if (await copyPlugin(plugin, search)) continue;
    const refusal = await fetchPlugin(cli, plugin, search);
    if (refusal !== undefined) return `its plugin ${plugin.name} ${plugin.version} ${refusal}`;
  }
  return undefined;
}

const folderOf = ({ name, version }: OfficialPlugin, home: string): string =>
  join(home, "plugins", `resource-${name}-v${version}`);

/** Whether the plugin is in the home: already, or copied from the user's own, which is never written to. */
async function copyPlugin(plugin: OfficialPlugin, { home, env }: OfficialSearch): Promise<boolean> {
  const target = folderOf(plugin, home);
  if (await isComplete(target, plugin)) return true;
  const theirs = folderOf(plugin, env["PULUMI_HOME"] ?? join(env["HOME"] ?? homedir(), ".pulumi"));
  if (!(await isComplete(theirs, plugin))) return false;
  const draft = join(home, `${plugin.name}.tmp-${process.pid}`);
  await cp(theirs, draft, { recursive: true, mode: constants.COPYFILE_FICLONE });
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
  return true;
}

async function fetchPlugin(cli: string, plugin: OfficialPlugin, search: OfficialSearch): Promise<string | undefined> {
  const { home, env, progress, pluginServer = PLUGIN_SERVER } = search;
  if (!(await canReach(pluginServer, env))) return `is missing and ${pluginServer} cannot be reached`;
  const { name, version, server } = plugin;
  const from = server === undefined ? [] : ["--server", server];
  try {
    await progress.step(`fetching Pulumi's ${name} plugin ${version}`, () =>
      runCommand([cli, "plugin", "install", "resource", name, version, ...from], {
        env: { ...env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
        timeoutMs: FETCH_TIMEOUT_MS,
      }),
    );
    return undefined;
  } catch (error) {
    await rm(folderOf(plugin, home), { recursive: true, force: true });
    return `could not be fetched: ${messageOf(error)}`;
  }
}

/** Whether a plugin folder holds the whole plugin: the CLI keeps a file FOLDER.partial beside it while it unpacks. */
async function isComplete(folder: string, { name }: OfficialPlugin): Promise<boolean> {
  return (await exists(join(folder, `pulumi-resource-${name}`))) && !(await exists(`${folder}.partial`));
}

async function canReach(server: string, env: Environment): Promise<boolean> {
  // Node's fetch knows nothing of proxies, the CLI does: where one is set, the CLI must try for itself.
  if (["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].some((name) => (env[name] ?? "") !== "")) return true;
  try {
    await fetch(server, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return true;
  } catch {
    return false;
  }
}

/** The first executable file of that name on the PATH, as a shell would find it. */
async function onPath(name: string, env: Environment): Promise<string | undefined> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, name);
    if (folder !== "" && (await exists(file, constants.X_OK)) && (await stat(file)).isFile()) return file;
  }
  return undefined;
}

async function exists(file: string, mode = constants.F_OK): Promise<boolean> {
  try {
    await access(file, mode);
    return true;
  } catch {
    return false;
  }
}
