/** `failover-agent resign`, which systemd runs after the agent ended (ExecStopPost): quick, and nothing to do after a clean end. */

import { parseArgs } from "node:util";
import { runEventLoop } from "../daemon/protocolThread/eventLoop.ts";
import { LinuxKernel } from "../daemon/protocolThread/linuxKernel.ts";
import { monotonicMicros } from "../linux/system/clock.ts";
import { processIdentity } from "../linux/system/processes.ts";
import { defaultStateDirectory } from "../linux/system/stateDirectory.ts";
import { messageOf } from "../logging/messageOf.ts";
import { readNodeState, removeNodeState } from "../virtualRouter/nodeState.ts";
import type { NodeReport } from "../virtualRouter/report.ts";
import { Resignation } from "./resignation.ts";

/**
 * Hands over what a dead agent held.
 * @param argv `--state-dir PATH`; parsed here, because loading the command line takes longer than resigning.
 * @returns the exit code: 0, also when there was nothing to do; 1 when it failed or the agent lives; 2 for wrong usage.
 */
export function runResign(argv: readonly string[]): number {
  let stateDirectory: string;
  try {
    const { values } = parseArgs({ args: [...argv], options: { "state-dir": { type: "string" } } });
    stateDirectory = values["state-dir"] ?? defaultStateDirectory();
  } catch (error) {
    process.stderr.write(`failover-agent: ${messageOf(error)}\n`);
    return 2;
  }
  const nodeState = readNodeState(stateDirectory);
  if (nodeState === undefined) return 0;
  if (processIdentity(nodeState.pid) === nodeState.process) {
    process.stderr.write(
      `failover-agent: the agent runs, as process ${nodeState.pid}: stop it, and it hands over by itself\n`,
    );
    return 1;
  }
  const report = (item: NodeReport): void => {
    if (item.kind === "log") writeLine(nodeState.node, item.level, item.message, item.fields);
  };
  try {
    const kernel = new LinuxKernel(stateDirectory);
    const resignation = new Resignation(nodeState, kernel, report);
    resignation.start(monotonicMicros());
    runEventLoop(resignation, kernel);
    kernel.close();
    removeNodeState(stateDirectory);
    return 0;
  } catch (error) {
    writeLine(nodeState.node, "error", "could not resign for the dead agent", { error: messageOf(error) });
    return 1;
  }
}

/** A line as the agent's own log has it, without the time that loading a logger takes. */
function writeLine(node: string, level: string, msg: string, fields: object): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), node, ...fields, msg })}\n`);
}
