/** The stack that is rehearsed on a lab, driven through the real Pulumi. */

import { ensureAgent } from "../toolchain/agentRelease.ts";
import { runCommand } from "../toolchain/command.ts";
import { CHECKOUT } from "../toolchain/places.ts";
import type { Progress } from "../toolchain/progress.ts";
import { ensurePulumi, type PulumiToolchain } from "../toolchain/pulumi/ensure.ts";
import { UserError } from "../toolchain/userError.ts";
import { type StackOutputs, stackOutputs } from "./drills/outputs.ts";
import { ensureSecrets } from "./settings/keys.ts";
import type { LabSettings } from "./settings/settings.ts";

/** One stack of the program, with the environment to run it on its lab. */
export interface Stack {
  /** Runs `pulumi ARGS --stack NAME`; each line of output goes to `onLine`. */
  pulumi(args: readonly string[], onLine?: (line: string) => void): Promise<string>;
  /** Creates the stack when the backend does not have it yet. */
  ensureExists(): Promise<void>;
  /** The stack's outputs. @throws UserError when the stack has none: nothing was brought up */
  outputs(): Promise<StackOutputs>;
}

/** The stack of a lab, configured by stacks/Pulumi.NAME.yaml. */
export async function openStack(settings: LabSettings, progress: Progress): Promise<Stack> {
  const { environment } = await ensureSecrets(settings);
  await ensureAgent(progress);
  const toolchain = await ensurePulumi(progress, { env: { ...process.env, ...environment } });
  const run = (args: readonly string[], onLine?: (line: string) => void): Promise<string> =>
    pulumi(toolchain, args, onLine);
  return {
    pulumi: (args, onLine) => run([...args, "--stack", settings.stack, "--non-interactive"], onLine),
    ensureExists: async () => {
      await run(["stack", "select", settings.stack, "--create", "--non-interactive"]);
    },
    outputs: async () => {
      const text = await run(["stack", "output", "--json", "--stack", settings.stack, "--non-interactive"]);
      const parsed = stackOutputs.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
      throw new UserError(`stack "${settings.stack}" has no VIP yet`, "bring it up with: npm start");
    },
  };
}

async function pulumi(
  toolchain: PulumiToolchain,
  args: readonly string[],
  onLine?: (line: string) => void,
): Promise<string> {
  const { status, stdout, stderr } = await runCommand([toolchain.command, ...args], {
    cwd: CHECKOUT,
    env: toolchain.env,
    accept: "any",
    ...(onLine === undefined ? {} : { onLine }),
  });
  if (status === 0) return stdout;
  const [verb = ""] = args;
  throw new UserError(
    `pulumi ${verb} failed: ${diagnosticsIn(`${stdout}\n${stderr}`)}`,
    "mend what it names and say the same command again: what was done already is kept",
  );
}

/** What the engine printed between `Diagnostics:` and the outputs; everything, when it got no further than an error. */
export function diagnosticsIn(output: string): string {
  const text = output.trim();
  const start = text.lastIndexOf("Diagnostics:");
  if (start < 0) return text;
  const rest = text.slice(start + "Diagnostics:".length);
  const end = rest.search(/^(Outputs|Resources|Duration):/m);
  return (end < 0 ? rest : rest.slice(0, end)).trim();
}

/** The engine's own last words on what changed, e.g. `Resources: 17 unchanged`. */
export function summaryOf(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const at = lines.lastIndexOf("Resources:");
  if (at < 0) return "nothing to report";
  const counts = lines.slice(at + 1).filter((line) => /^[-+~]*\s*\d+ \w+/.test(line));
  return counts.join(", ");
}

/** Removes a lab's stack from the backend without touching its cloud, which is gone. */
export async function forgetStack(settings: LabSettings, progress: Progress): Promise<void> {
  await ensureAgent(progress);
  const toolchain = await ensurePulumi(progress);
  const remove = ["stack", "rm", settings.stack, "--force", "--yes", "--preserve-config", "--non-interactive"];
  const listed = await runCommand([toolchain.command, "stack", "ls", "--json"], { cwd: CHECKOUT, env: toolchain.env });
  if (!listed.stdout.includes(`"${settings.stack}"`)) return;
  // An engine that was killed left its lock behind; of one that runs still, the cloud is gone anyway.
  const cancel = ["cancel", "--yes", "--stack", settings.stack, "--non-interactive"];
  for (const words of [cancel, remove]) {
    await runCommand([toolchain.command, ...words], { cwd: CHECKOUT, env: toolchain.env });
  }
}
