/** The commands of `failover-agent` but for `run` and `resign`, as the command line has them. */
import { type Command, Option } from "commander";
import { fetchSimulationBasis } from "./client.ts";
import * as online from "./onlineCommands.ts";
import { controlSocketOf, failureOf, maintenanceSeconds, simulationMicros, type Talk, talking } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Takes a command's exit code. */
export type Exit = (code: number) => void;

/** Begins the description of a command. */
export type Describe = (name: string, summary: string) => Command;

interface SimulateOptions {
  readonly fail?: readonly string[];
  readonly lose?: readonly string[];
  readonly drain?: readonly string[];
  readonly config?: readonly string[];
  readonly for: number;
}

/** Commands that ask the running agent. */
export function describeTalk(describe: Describe, terminal: Terminal, exit: Exit): void {
  const asking = (options: Talk): online.Asking => askingOf(terminal, options);
  talking(describe("status", "show what the running agent holds, and why")).action(async (options: Talk) => {
    exit(await online.status(asking(options)));
  });
  talking(describe("reload", "give the running agent a configuration; one that is refused changes nothing"))
    .requiredOption("--config <file>", "the configuration, agent.json")
    .action(async (options: Talk & { config: string }) => {
      exit(await online.reload(asking(options), options.config));
    });
  talking(describe("metrics", "print the agent's metrics, in Prometheus' text format")).action(
    async (options: Talk) => {
      exit(await online.metrics(asking(options)));
    },
  );
  talking(describe("record", "print what led to the latest changes of role, for `replay`")).action(
    async (options: Talk) => {
      exit(await online.record(asking(options)));
    },
  );
}

/** Commands by which an operator moves roles. */
export function describeOperating(describe: Describe, terminal: Terminal, exit: Exit): void {
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

/** Commands that look into files, or ahead. What they need is loaded with them: the agent itself has no use for it. */
export function describeOffline(describe: Describe, terminal: Terminal, exit: Exit): void {
  describe("check <file>", "say whether a configuration is good; - reads it from stdin")
    .option("--json", "as JSON, for programs")
    .action(async (file: string, { json = false }: Talk) => {
      const { check } = await import("./offlineCommands.ts");
      exit(check({ terminal, json }, file));
    });
  talking(describe("simulate", "tell what would happen to the running group, or to one of configurations"))
    .option("--fail <check...>", "checks that fail, as CHECK or NODE:CHECK")
    .option("--lose <node...>", "nodes that are switched off")
    .option("--drain <node...>", "nodes that are taken out of service")
    .addOption(
      new Option("--for <duration>", "how long to look on").argParser(simulationMicros).default(30_000_000, "30s"),
    )
    .option("--config <file...>", "the configurations of the nodes, instead of the running agent")
    .action(async (options: Talk & SimulateOptions) => {
      const { json = false, fail = [], lose = [], drain = [], config = [], for: forMicros } = options;
      const whatIf = { fail: fail.map(failureOf), lose, drain, forMicros };
      const { simulate } = await import("./offlineCommands.ts");
      exit(await simulate({ terminal, json }, whatIf, config, () => fetchSimulationBasis(controlSocketOf(options))));
    });
  describe("replay <file>", "replay what `record` printed; - reads it from stdin")
    .option("--json", "as JSON, for programs")
    .action(async (file: string, { json = false }: Talk) => {
      const { replay } = await import("./offlineCommands.ts");
      exit(replay({ terminal, json }, file));
    });
}

function askingOf(terminal: Terminal, options: Talk): online.Asking {
  return { terminal, socketPath: controlSocketOf(options), json: options.json ?? false };
}
