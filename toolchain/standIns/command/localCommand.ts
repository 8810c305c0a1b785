// command:local:Command: runs a command on the machine that Pulumi runs on.
import { z } from "zod";
import { runCommand } from "../../command.ts";
import { type CommandInputs, commandInputs, isLogged, outputsOf, previousOutput } from "./commandInputs.ts";
import { type Operation, type Printed, resourceType } from "./resourceType.ts";

const notHere = z.undefined({ error: "is not offered by this stand-in; an official Pulumi has it" }).optional();

const inputs = commandInputs.extend({
  dir: z.string().optional(),
  interpreter: z.array(z.string()).optional(),
  // Collecting files into assets needs the official plugin's own pattern language.
  assetPaths: notHere,
  archivePaths: notHere,
});

type LocalInputs = z.infer<typeof inputs>;

/** `update ?? create` runs on a change; `delete` as it was stored. */
export const localCommand = resourceType<LocalInputs>({
  inputs,
  idFromName: true,
  outputs: ["stdout", "stderr"],
  withDefaults: (wire) => wire,
  create: (news, operation) => run(news.create, news, {}, operation),
  update: (news, old, operation) => run(news.update ?? news.create, news, old, operation),
  delete: async (state, operation) => {
    await run(state.delete, state, state, operation);
  },
});

async function run(
  command: string | undefined,
  settings: LocalInputs,
  previous: Printed,
  operation: Operation,
): Promise<Printed> {
  if (command === undefined) return { stdout: previous.stdout ?? "", stderr: previous.stderr ?? "" };
  const interpreter = settings.interpreter?.length ? settings.interpreter : ["/bin/sh", "-c"];
  let output = "";
  const { status, stdout, stderr } = await runCommand([...interpreter, command], {
    ...(settings.dir === undefined ? {} : { cwd: settings.dir }),
    ...(settings.stdin === undefined ? {} : { input: settings.stdin }),
    env: environment(settings, previous),
    accept: "any",
    ownGroup: true,
    signal: operation.signal,
    onLine: (line, from) => {
      output += `${line}\n`;
      if (isLogged(settings, from)) operation.log(line);
    },
  });
  const failure = status === 0 ? undefined : `exited with code ${status}`;
  return outputsOf({ stdout, stderr, output, failure }, command, "on this machine", operation);
}

function environment(settings: CommandInputs, previous: Printed): Record<string, string | undefined> {
  return { ...process.env, ...settings.environment, ...previousOutput(settings, previous) };
}
