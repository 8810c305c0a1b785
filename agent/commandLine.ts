/** The command line of `failover-agent`; `resign` has a way of its own, see main.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { formatDuration, parseDuration } from "./config/duration.ts";
import { parseAgentConfig } from "./config/parse.ts";
import { AgentUnreachable } from "./control/client.ts";
import * as offline from "./control/offlineCommands.ts";
import * as online from "./control/onlineCommands.ts";
import { CONTROL_SOCKET, MAINTENANCE_SECONDS } from "./control/protocol.ts";
import { EXIT, type ExitCode, PROCESS_TERMINAL, refuse, type Terminal } from "./control/terminal.ts";
import { LOG_LEVELS, type LogLevel } from "./node/report.ts";
import { defaultPersistentDirectory, defaultStateDirectory } from "./stateDirectory.ts";
import { VERSION } from "./version.ts";

const EXIT_HELP = `
Exit codes:
  0  done; a stop by SIGTERM or SIGINT hands the addresses over first and ends with 0
  1  refused or failed, or a replay that differs: the reason is on stderr
  2  wrong usage
  3  no agent answers on the control socket`;
const MICROS_PER_SECOND = 1_000_000;
const SIMULATION_MICROS = { min: 1_000_000, max: 600_000_000 } as const;

interface Places {
  readonly stateDir?: string;
  readonly controlSocket?: string;
}
interface Talk extends Places {
  readonly json?: boolean;
}

/** Runs one command. @returns the exit code. @param entry the program's own file. */
export async function runCommandLine(
  argv: readonly string[],
  entry: URL,
  terminal: Terminal = PROCESS_TERMINAL,
): Promise<number> {
  let exitCode: ExitCode | number = EXIT.done;
  const program = describeCommands(entry, terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    terminal.complain(`failover-agent: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof AgentUnreachable ? EXIT.unreachable : EXIT.refused;
  }
}

type Exit = (code: number) => void;
/** Begins the description of a command. */
type Describe = (name: string, summary: string) => Command;

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

/** Commands that ask the running agent. */
function describeTalk(describe: Describe, terminal: Terminal, exit: Exit): void {
  const asking = (options: Talk): online.Asking => askingOf(terminal, options);
  talking(describe("status", "show what the running agent holds, and why")).action(async (options: Talk) => {
    exit(await online.status(asking(options)));
  });
  talking(describe("reload", "give the running agent a configuration; one that is refused changes nothing"))
    .requiredOption("--config <file>", "the configuration, agent.json")
    .action(async (options: Talk & { config: string }) => {
      exit(await online.reload(asking(options), options.config));
    });
  talking(describe("metrics", "print the agent's metrics, in Prometheus' text format")).action(async (options: Talk) => {
    exit(await online.metrics(asking(options)));
  });
  talking(describe("record", "print what led to the latest changes of role, for `replay`")).action(
    async (options: Talk) => {
      exit(await online.record(asking(options)));
    },
  );
}

/** Commands by which an operator moves roles. */
function describeOperating(describe: Describe, terminal: Terminal, exit: Exit): void {
  const asking = (options: Talk): online.Asking => askingOf(terminal, options);
  talking(describe("handover [virtual-router]", "give one role, or all, to another node; this one stays ready"))
    .option("--to <node>", "which node is to be master (default: the best that is ready)")
    .action(async (virtualRouter: string | undefined, options: Talk & { to?: string }) => {
      exit(await online.handover(asking(options), { virtualRouter, to: options.to }));
    });
  talking(describe("drain", "hand every role over and be master of nothing until `undrain`")).action(
    async (options: Talk) => {
      exit(await online.operate(asking(options), { kind: "drain" }));
    },
  );
  talking(describe("undrain", "take part again as configured, also after a handover")).action(async (options: Talk) => {
    exit(await online.operate(asking(options), { kind: "undrain" }));
  });
  talking(describe("maintenance <on|off>", "as drain, but ends by itself"))
    .addOption(new Option("--for <duration>", "how long, such as 30m; with on").argParser(maintenanceSeconds))
    .action(async (word: string, options: Talk & { for?: number }, command: Command) => {
      if (word === "on" && options.for === undefined) command.error("error: say for how long: --for 30m");
      if (word !== "on" && word !== "off") command.error(`error: "${word}" is neither on nor off`);
      const { for: forSeconds } = options;
      const order =
        word === "on" && forSeconds !== undefined
          ? ({ kind: "maintenance", forSeconds } as const)
          : ({ kind: "end-maintenance" } as const);
      exit(await online.operate(asking(options), order));
    });
}

/** Commands that look into files. */
function describeOffline(describe: Describe, terminal: Terminal, exit: Exit): void {
  describe("check <file>", "say whether a configuration is good; - reads it from stdin")
    .option("--json", "as JSON, for programs")
    .action((file: string, { json = false }: Talk) => {
      exit(offline.check({ terminal, json }, file));
    });
  talking(describe("simulate", "tell what would happen to the running group, or to one of configurations"))
    .option("--fail <check...>", "checks that fail, as CHECK or NODE:CHECK")
    .option("--lose <node...>", "nodes that are switched off")
    .option("--drain <node...>", "nodes that are taken out of service")
    .addOption(new Option("--for <duration>", "how long to look on").argParser(simulationMicros).default(30_000_000, "30s"))
    .option("--config <file...>", "the configurations of the nodes, instead of the running agent")
    .action(async (options: Talk & SimulateOptions) => {
      const { json = false, fail = [], lose = [], drain = [], config = [], for: forMicros } = options;
      const whatIf = { fail: fail.map(failureOf), lose, drain, forMicros };
      exit(await offline.simulate({ terminal, json }, whatIf, config, controlSocketOf(options)));
    });
  describe("replay <file>", "replay what `record` printed; - reads it from stdin")
    .option("--json", "as JSON, for programs")
    .action((file: string, { json = false }: Talk) => {
      exit(offline.replay({ terminal, json }, file));
    });
}
