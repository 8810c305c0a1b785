/** The command line of `failover-agent`; `resign` has a way of its own, see main.ts. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { describeOperatorCommands } from "./commands/operate.ts";
import {
  controlSocketOf,
  controlSocketOption,
  EXIT,
  EXIT_HELP,
  type Places,
  print,
  refuse,
  stateDirectoryOption,
} from "./commands/outcome.ts";
import { configDigest } from "./config/digest.ts";
import type { AgentConfig } from "./config/document.ts";
import { parseAgentConfig } from "./config/parse.ts";
import { AgentUnreachable, fetchStatus, sendReload } from "./control/client.ts";
import { statusText } from "./control/statusText.ts";
import { LOG_LEVELS, type LogLevel } from "./node/report.ts";
import { VERSION } from "./version.ts";

/** Runs one command. @returns the exit code. @param entry the program's own file. */
export async function runCommandLine(argv: readonly string[], entry: URL): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = describeCommands(entry, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    process.stderr.write(`failover-agent: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof AgentUnreachable ? EXIT.unreachable : EXIT.refused;
  }
}

function describeCommands(entry: URL, exit: (code: number) => void): Command {
  const program = new Command("failover-agent")
    .description("Holds shared addresses on this machine for as long as it is the master of their virtual routers.")
    .addHelpText("after", EXIT_HELP)
    .exitOverride();
  const command = (name: string, summary: string): Command =>
    program.command(name).description(summary).exitOverride().addHelpText("after", EXIT_HELP);

  command("run", "run the agent in the foreground")
    .requiredOption("--config <file>", "the configuration, agent.json")
    .addOption(stateDirectoryOption())
    .addOption(controlSocketOption())
    .addOption(new Option("--log-level <level>", "least level to log").choices(LOG_LEVELS).default("info"))
    .action(async (options: Places & { config: string; logLevel: LogLevel }) => {
      exit(await run(options, entry));
    });
  command("status", "show what the running agent holds, and why")
    .option("--json", "as JSON, for programs", false)
    .addOption(stateDirectoryOption())
    .addOption(controlSocketOption())
    .action(async (options: Places & { json: boolean }) => {
      exit(await status(options));
    });
  command("reload", "give the running agent a configuration; one that is refused changes nothing")
    .requiredOption("--config <file>", "the configuration, agent.json")
    .addOption(stateDirectoryOption())
    .addOption(controlSocketOption())
    .action(async (options: Places & { config: string }) => {
      exit(await reload(options));
    });
  command("check", "say whether a configuration is good")
    .requiredOption("--config <file>", "the configuration, agent.json")
    .action(({ config }: { config: string }) => {
      exit(check(config));
    });
  describeOperatorCommands(command, exit);
  command("resign", "after the agent died: hand its addresses over and take them off (ExecStopPost)").addOption(
    stateDirectoryOption(),
  );
  command("version", "print the version").action(() => {
    print(VERSION);
  });
  return program;
}

async function run(options: Places & { config: string; logLevel: LogLevel }, entry: URL): Promise<number> {
  const config = readConfig(options.config);
  if (config === undefined) return EXIT.refused;
  const { runAgent } = await import("./node/agent.ts");
  return runAgent({
    config,
    configPath: options.config,
    version: VERSION,
    stateDirectory: options.stateDir,
    persistentDirectory: process.env["STATE_DIRECTORY"] ?? options.stateDir,
    controlSocket: controlSocketOf(options),
    logLevel: options.logLevel,
    entry,
  });
}

async function status(options: Places & { json: boolean }): Promise<number> {
  const answer = await fetchStatus(controlSocketOf(options));
  if ("problems" in answer) return refuse(answer, "the agent cannot tell its status");
  print(options.json ? JSON.stringify(answer, null, 2) : statusText(answer, Date.now()));
  return EXIT.done;
}

async function reload(options: Places & { config: string }): Promise<number> {
  const answer = await sendReload(controlSocketOf(options), readFileSync(options.config, "utf8"));
  if ("problems" in answer) return refuse(answer, `${options.config} is refused, the running configuration stays`);
  const { changed, digest, added, removed, reconfigured } = answer;
  const short = digest.slice(0, 12);
  const parts = [
    ...added.map((name) => `added ${name}`),
    ...removed.map((name) => `removed ${name}`),
    ...reconfigured.map((name) => `changed ${name}`),
  ];
  print(
    changed ? `configuration ${short} is in force: ${parts.join(", ")}` : `configuration ${short} is in force already`,
  );
  return EXIT.done;
}

function check(path: string): number {
  const config = readConfig(path);
  if (config === undefined) return EXIT.refused;
  const names = config.virtualRouters.map(({ name }) => name).join(", ");
  print(`${path} is good: node ${config.node}, virtual routers ${names}, digest ${configDigest(config).slice(0, 12)}`);
  return EXIT.done;
}

function readConfig(path: string): AgentConfig | undefined {
  const parsed = parseAgentConfig(readFileSync(path, "utf8"));
  if (parsed.ok) return parsed.config;
  refuse(parsed, `${path} is refused`);
  return undefined;
}
