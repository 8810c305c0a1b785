// Gets Pulumi: the official one where it can be had, else one built from the registries, with an environment of its own.
import { delimiter, dirname, join } from "node:path";
import { PULUMI_HOMES, STATE_DIR } from "../places.ts";
import type { Progress } from "../progress.ts";
import { chooseBackend, LAB_STACK, prepareBackend, requireBackend } from "./backend.ts";
import { ensureBuilt } from "./built.ts";
import { findOfficial } from "./official.ts";

/** A Pulumi that is ready to run. */
export interface PulumiToolchain {
  /** The path of the CLI. */
  readonly command: string;
  /** The whole environment to run it in: the caller's own, and what keeps this Pulumi to this checkout. */
  readonly env: Record<string, string>;
  readonly kind: "official" | "built";
}

/** What to get it for. */
export interface EnsureOptions {
  /** The stack that will be worked on, which decides the backend (see backend.ts); the lab's when left out. */
  readonly stack?: string;
  /** The environment to start from; the process's own when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes sure of a working Pulumi of fitting versions and returns how to run it. Silent and quick when everything is
 * in place; shows progress otherwise. Never touches the user's own Pulumi home.
 * @throws UserError when there is no official Pulumi to use and none can be built, or the stack has no backend
 */
export async function ensurePulumi(progress: Progress, options: EnsureOptions = {}): Promise<PulumiToolchain> {
  const given = options.env ?? process.env;
  const stack = options.stack ?? LAB_STACK;
  const backend = chooseBackend(stack, given, STATE_DIR);
  await requireBackend(stack, backend, given);
  const { command, home, kind } = await findPulumi(given, progress);
  const variables = { ...pulumiVariables(kind, command, home, given), ...(await prepareBackend(backend)) };
  return { command, kind, env: { ...defined(given), ...variables } };
}

async function findPulumi(
  given: Readonly<Record<string, string | undefined>>,
  progress: Progress,
): Promise<Pick<PulumiToolchain, "command" | "kind"> & { readonly home: string }> {
  const { built, official } = PULUMI_HOMES;
  // This may run inside an environment that it made itself: what was built here is not what the user has.
  const path = (given["PATH"] ?? "").split(delimiter).filter((folder) => folder !== join(built, "bin"));
  const home = given["PULUMI_HOME"] === built ? undefined : given["PULUMI_HOME"];
  const env = { ...given, PATH: path.join(delimiter), PULUMI_HOME: home };
  const found = await findOfficial({ home: official, env, progress });
  if (found !== undefined) return { command: found, home: official, kind: "official" };
  return { command: await ensureBuilt(built, progress), home: built, kind: "built" };
}

function pulumiVariables(
  kind: PulumiToolchain["kind"],
  command: string,
  home: string,
  given: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return {
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Every plugin is in place; one that is missing is a mistake to hear of, not a download to wait for.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...(kind === "built"
      ? {
          PATH: [dirname(command), given["PATH"] ?? ""].join(delimiter),
          // Nor may a plugin that lies on the PATH take the place of one that was made for this CLI.
          PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
        }
      : {}),
  };
}

/** An environment without the names that have no value. */
function defined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
