/** The options that commands share, and how their values are read. */
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type DurationRange, formatDuration, parseDuration } from "../config/fields/duration.ts";
import { CONTROL_SOCKET } from "../control/protocol.ts";
import { defaultStateDirectory } from "../linux/system/stateDirectory.ts";
import { MAINTENANCE_SECONDS } from "../operator/orders.ts";

/** Where the agent is. */
export interface Places {
  readonly stateDir?: string;
  readonly controlSocket?: string;
}

/** What a command that talks to the agent is given. */
export interface Talk extends Places {
  readonly json?: boolean;
}

const MICROS_PER_SECOND = 1_000_000;
const SIMULATION_MICROS = { min: MICROS_PER_SECOND, max: 600 * MICROS_PER_SECOND } as const;

export function stateDirectoryOption(): Option {
  return new Option(
    "--state-dir <path>",
    `where the running agent keeps its state (default: ${defaultStateDirectory()})`,
  );
}

export function controlSocketOption(): Option {
  return new Option(
    "--control-socket <path>",
    `the control socket (default: ${CONTROL_SOCKET} in the state directory)`,
  );
}

/** Adds what every command that talks to the agent takes. */
export function talking(command: Command): Command {
  return command
    .option("--json", "as JSON, for programs")
    .addOption(stateDirectoryOption())
    .addOption(controlSocketOption());
}

export function controlSocketOf({ stateDir, controlSocket }: Places): string {
  return controlSocket ?? join(stateDir ?? defaultStateDirectory(), CONTROL_SOCKET);
}

/** How long a maintenance is, in whole seconds. @throws InvalidArgumentError */
export function maintenanceSeconds(text: string): number {
  const { min, max } = MAINTENANCE_SECONDS;
  const range = { min: min * MICROS_PER_SECOND, max: max * MICROS_PER_SECOND };
  return Math.ceil(durationOf(text, range) / MICROS_PER_SECOND);
}

/** @throws InvalidArgumentError */
export function simulationMicros(text: string): number {
  return durationOf(text, SIMULATION_MICROS);
}

/** `uplink`, or `edge-1:uplink` for one node alone. */
export function failureOf(text: string): { readonly node: string | undefined; readonly check: string } {
  const colon = text.indexOf(":");
  return colon < 0 ? { node: undefined, check: text } : { node: text.slice(0, colon), check: text.slice(colon + 1) };
}

function durationOf(text: string, { min, max }: DurationRange): number {
  const micros = parseDuration(text);
  if (micros !== undefined && micros >= min && micros <= max) return micros;
  throw new InvalidArgumentError(
    `Write a duration from ${formatDuration(min)} to ${formatDuration(max)}, such as 30m.`,
  );
}
