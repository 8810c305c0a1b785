/** The operator's commands: hand over, drain, maintenance, and what the agent remembers and counts. */
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../config/duration.ts";
import { fetchMetrics, fetchRecording, sendHandover, sendOperatorOrder } from "../control/client.ts";
import { MAINTENANCE_SECONDS, type OperatorOrder, type OperatorResult } from "../control/protocol.ts";
import {
  controlSocketOf,
  controlSocketOption,
  EXIT,
  type Places,
  print,
  refuse,
  stateDirectoryOption,
} from "./outcome.ts";

const MICROS_PER_SECOND = 1_000_000;

interface Asked extends Places {
  readonly json: boolean;
}

/** Makes a sub-command with its name and summary. */
type MakeCommand = (name: string, summary: string) => Command;

export function describeOperatorCommands(make: MakeCommand, exit: (code: number) => void): void {
  const command = (name: string, summary: string): Command =>
    make(name, summary)
      .option("--json", "as JSON, for programs", false)
      .addOption(stateDirectoryOption())
      .addOption(controlSocketOption());
  const order = (name: string, summary: string, what: OperatorOrder): void => {
    command(name, summary).action(async (options: Asked) => {
      exit(await obey(what, options));
    });
  };

  command(
    "handover",
    "give the role of master to another node, and stay ready: without a pause where there is a peer link",
  )
    .argument("[virtual-router]", "its name; without one, all that this node is master of")
    .option("--to <node>", "who is to be master; without one, the best of the others")
    .action(async (virtualRouter: string | undefined, options: Asked & { to?: string }) => {
      exit(await handOver(virtualRouter, options));
    });
  order("drain", "take this node out of service until `undrain`, also over restarts", { kind: "drain" });
  order("undrain", "put it back into service, and end what handovers began", { kind: "undrain" });
  command("maintenance", "take this node out of service for a while: `maintenance on --for 30m`, `maintenance off`")
    .argument("<on|off>", "whether it begins or ends", onOrOff)
    .option("--for <duration>", "for how long, such as 30m", seconds, 1_800)
    .action(async (isOn: boolean, options: Asked & { for: number }) => {
      exit(await obey(isOn ? { kind: "maintenance", forSeconds: options.for } : { kind: "end-maintenance" }, options));
    });
  make("record", "print what led to the latest changes of role, a line of JSON each, for `replay`")
    .addOption(stateDirectoryOption())
    .addOption(controlSocketOption())
    .action(async (options: Places) => {
      exit(printed(await fetchRecording(controlSocketOf(options)), "the agent gives no recording"));
    });
  make("metrics", "print the metrics in Prometheus' text format")
    .addOption(stateDirectoryOption())
    .addOption(controlSocketOption())
    .action(async (options: Places) => {
      exit(printed(await fetchMetrics(controlSocketOf(options)), "the agent gives no metrics"));
    });
}

async function handOver(virtualRouter: string | undefined, options: Asked & { to?: string }): Promise<number> {
  const answer = await sendHandover(controlSocketOf(options), { virtualRouter, to: options.to });
  if ("problems" in answer) return refuse(answer, "nothing is handed over");
  const { handedOver, to } = answer;
  print(
    options.json
      ? JSON.stringify(answer)
      : `handing over ${handedOver.join(", ")} to ${to ?? "the best of the others"}`,
  );
  return EXIT.done;
}

async function obey(order: OperatorOrder, options: Asked): Promise<number> {
  const answer = await sendOperatorOrder(controlSocketOf(options), order);
  if ("problems" in answer) return refuse(answer, "the agent does not obey");
  print(options.json ? JSON.stringify(answer) : wordsFor(answer));
  return EXIT.done;
}

function wordsFor({ drained, maintenance, isKept }: OperatorResult): string {
  const states = [
    ...(drained ? ["drained"] : []),
    ...(maintenance === null ? [] : [`in maintenance until ${maintenance.until}`]),
  ];
  const forgetful = isKept ? "" : "; it could not be written to disk, and a restart forgets it";
  return `this node is ${states.length === 0 ? "in service" : states.join(" and ")}${forgetful}`;
}

function printed(answer: string | { readonly problems: readonly string[] }, headline: string): number {
  if (typeof answer !== "string") return refuse(answer, headline);
  process.stdout.write(answer);
  return EXIT.done;
}

function onOrOff(text: string): boolean {
  if (text !== "on" && text !== "off") throw new InvalidArgumentError("write on or off");
  return text === "on";
}

function seconds(text: string): number {
  const { min, max } = MAINTENANCE_SECONDS;
  const amount = (parseDuration(text) ?? Number.NaN) / MICROS_PER_SECOND;
  if (Number.isInteger(amount) && amount >= min && amount <= max) return amount;
  throw new InvalidArgumentError(`write a duration of whole seconds from ${min}s to ${max / 3_600}h, such as 30m`);
}
