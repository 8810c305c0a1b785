// command:remote:Command: runs a command on another machine over SSH.
import type { Client } from "ssh2";
import type { z } from "zod";
import { commandInputs, isLogged, outputsOf, previousOutput } from "./commandInputs.ts";
import { connectionInputs, nameOf, withConnectionDefaults } from "./connection.ts";
import { execute } from "./remoteExec.ts";
import { type Operation, type Printed, resourceType } from "./resourceType.ts";
import { withConnection } from "./ssh.ts";

const inputs = commandInputs.extend({ connection: connectionInputs });

type RemoteInputs = z.infer<typeof inputs>;

/** `update ?? create` runs on any change, of the connection too; `delete` as stored, over the connection as stored. */
export const remoteCommand = resourceType<RemoteInputs>({
  inputs,
  idFromName: true,
  outputs: ["stdout", "stderr"],
  withDefaults: withConnectionDefaults,
  create: (news, operation) => run(news.create, news, {}, operation),
  update: (news, old, operation) => run(news.update ?? news.create, news, old, operation),
  delete: async (state, operation) => {
    await run(state.delete, state, state, operation);
  },
});

async function run(
  command: string | undefined,
  settings: RemoteInputs,
  previous: Printed,
  operation: Operation,
): Promise<Printed> {
  if (command === undefined) return { stdout: previous.stdout ?? "", stderr: previous.stderr ?? "" };
  const { connection, stdin, environment = {} } = settings;
  const execution = await withConnection(connection, operation.signal, async (client) => {
    await requireAccepted(client, environment);
    return execute(client, {
      command,
      stdin,
      // A server that does not take the previous output is no failure, as with the official plugin.
      environment: { ...previousOutput(settings, previous), ...environment },
      onLine: (line, from) => {
        if (isLogged(settings, from)) operation.log(line);
      },
    });
  });
  return outputsOf(execution, command, `on ${nameOf(connection)}`, operation);
}

/**
 * Makes sure that the server lets the variables through: one that does not ignores them without a word, and the
 * command would run without what it was promised.
 */
async function requireAccepted(client: Client, environment: Readonly<Record<string, string>>): Promise<void> {
  const names = Object.keys(environment);
  if (names.length === 0) return;
  const wrong = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (wrong !== undefined) throw new Error(`environment: "${wrong}" is no name of a variable`);
  const command = names.map((name) => `[ -n "\${${name}+set}" ] || echo ${name}`).join("; ");
  const { stdout } = await execute(client, { command, environment });
  const refused = stdout
    .trim()
    .split("\n")
    .filter((name) => name !== "");
  if (refused.length === 0) return;
  throw new Error(
    `environment: the server does not accept ${refused.join(", ")}; ` +
      `allow it with AcceptEnv in sshd_config, or give the values by stdin or in a file`,
  );
}
