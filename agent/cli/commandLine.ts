/** The command line of `failover-agent`; `resign` has a way of its own, see main.ts. */

import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { parseAgentConfig } from "../config/parse.ts";
import { VERSION } from "../config/version.ts";
import { defaultPersistentDirectory, defaultStateDirectory } from "../linux/system/stateDirectory.ts";
import { LOG_LEVELS, type LogLevel } from "../logging/logLine.ts";
import { messageOf } from "../logging/messageOf.ts";
import { AgentUnreachable } from "./client.ts";
import { type Describe, describeOffline, describeOperating, describeTalk, type Exit } from "./commands.ts";
import { controlSocketOf, controlSocketOption, type Places, stateDirectoryOption, type Talk } from "./options.ts";
import { EXIT, PROCESS_TERMINAL, refuse, type Terminal } from "./terminal.ts";

const EXIT_HELP = `
Exit codes:
  0  done; a stop by SIGTERM or SIGINT hands the addresses over first and ends with 0
  1  refused or failed, or a replay that differs: the reason is on stderr
  2  wrong usage
  3  no agent answers on the control socket`;

interface RunOptions extends Places {
  readonly config: string;
  readonly persistentDir?: string;
  readonly logLevel: LogLevel;
}

/** Runs one command. @returns the exit code. @param entry the program's own file. */
export async function runCommandLine(
  argv: readonly string[],
  entry: URL,
  terminal: Terminal = PROCESS_TERMINAL,
): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = describeCommands(entry, terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    terminal.complain(`failover-agent: ${messageOf(error)}`);
    return error instanceof AgentUnreachable ? EXIT.unreachable : EXIT.refused;
  }
}

function describeCommands(entry: URL, terminal: Terminal, exit: Exit): Command {
  const program = new Command("failover-agent")
    .description("Holds shared addresses on this machine for as long as it is the master of their virtual routers.")
    .addHelpText("after", EXIT_HELP)
    .configureOutput({
      writeOut: (text) => {
        terminal.print(text.trimEnd());
      },
      writeErr: (text) => {
        terminal.complain(text.trimEnd());
      },
    })
    .exitOverride();
  const describe: Describe = (name, summary) =>
    program
      .command(name)
      .description(summary)
      .exitOverride()
      .addHelpText("after", EXIT_HELP)
      .copyInheritedSettings(program);
  describeRun(describe, entry, terminal, exit);
  describeTalk(describe, terminal, exit);
  describeOperating(describe, terminal, exit);
  describeOffline(describe, terminal, exit);
  describe("resign", "after the agent died: hand its addresses over and take them off (ExecStopPost)").addOption(
    stateDirectoryOption(),
  );
  describe("version", "print the version")
    .option("--json", "as JSON, for programs")
    .action(({ json }: Talk) => {
      terminal.print(json === true ? JSON.stringify({ version: VERSION }) : VERSION);
    });
  return program;
}

function describeRun(describe: Describe, entry: URL, terminal: Terminal, exit: Exit): void {
  describe("run", "run the agent in the foreground")
    .requiredOption("--config <file>", "the configuration, agent.json")
    .addOption(stateDirectoryOption())
    .option("--persistent-dir <path>", "what outlives a boot (default: the state directory given, or STATE_DIRECTORY)")
    .addOption(controlSocketOption())
    .addOption(new Option("--log-level <level>", "least level to log").choices(LOG_LEVELS).default("info"))
    .action(async (options: RunOptions) => {
      exit(await run(options, entry, terminal));
    });
}

async function run(options: RunOptions, entry: URL, terminal: Terminal): Promise<number> {
  const { config: configPath, logLevel } = options;
  const parsed = parseAgentConfig(readFileSync(configPath));
  if (!parsed.ok) return refuse(terminal, `${configPath} is refused`, parsed.problems);
  const { runAgent } = await import("../daemon/agent.ts");
  return runAgent({
    config: parsed.config,
    configPath,
    version: VERSION,
    stateDirectory: options.stateDir ?? defaultStateDirectory(),
    // A state directory of one's own is one for everything: agents beside each other share nothing.
    persistentDirectory: options.persistentDir ?? options.stateDir ?? defaultPersistentDirectory(),
    controlSocket: controlSocketOf(options),
    logLevel,
    entry,
  });
}
