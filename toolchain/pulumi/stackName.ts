// Which stack a Pulumi command line is about: named on it, in the environment, or selected before.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CHECKOUT, PULUMI_HOMES } from "../places.ts";

/** Subcommands of `pulumi stack` whose argument is a stack's name. */
const NAMING_SUBCOMMANDS: readonly string[] = ["init", "select", "rm"];

/** The stack that the arguments or PULUMI_STACK name; undefined when they name none. An organization before it is left out. */
export function namedStack(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = byFlag(args) ?? byArgument(args) ?? env["PULUMI_STACK"];
  return name === undefined || name === "" ? undefined : bareName(name);
}

/** `--stack NAME`, `--stack=NAME`, `-s NAME`, `-s=NAME` and `-sNAME`, before any `--`. */
function byFlag(args: readonly string[]): string | undefined {
  for (const [index, argument] of args.entries()) {
    if (argument === "--") return undefined;
    if (argument === "--stack" || argument === "-s") return args[index + 1];
    const joined = /^(?:--stack=|-s=?)(.+)$/.exec(argument)?.[1];
    if (joined !== undefined) return joined;
  }
  return undefined;
}

function byArgument(args: readonly string[]): string | undefined {
  const words = args.filter((argument) => !argument.startsWith("-"));
  const [command, subcommand, name] = words;
  return command === "stack" && NAMING_SUBCOMMANDS.includes(subcommand ?? "") ? name : undefined;
}

/** The stack that `pulumi stack select` chose, as the CLI remembers it in its home for this project. */
export async function selectedStack(project = join(CHECKOUT, "Pulumi.yaml")): Promise<string | undefined> {
  // The CLI names the file by the project and the SHA-1 of the path of its Pulumi.yaml.
  const digest = createHash("sha1").update(project).digest("hex");
  for (const home of [PULUMI_HOMES.official, PULUMI_HOMES.built]) {
    const file = join(home, "workspaces", `vip-failover-${digest}-workspace.json`);
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const { stack } = z.object({ stack: z.string().optional() }).parse(JSON.parse(text));
    if (stack !== undefined && stack !== "") return bareName(stack);
  }
  return undefined;
}

/** `prod` of `organization/project/prod`. */
const bareName = (name: string): string => name.split("/").at(-1) ?? name;
