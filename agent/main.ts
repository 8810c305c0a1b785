/**
 * The program: one file that is the command line, the protocol's thread, and the resignation of a dead agent. Each loads
 * only what it needs, because the time it takes to resign is time in which nobody holds the addresses.
 */
import { isMainThread } from "node:worker_threads";

/** The file that runs: this one, or the bundle it is in. */
const entry = new URL(import.meta.url);

async function main(): Promise<void> {
  if (!isMainThread) {
    const { runProtocolThread } = await import("./daemon/protocolThread/protocolThread.ts");
    runProtocolThread();
    return;
  }
  const [command, ...rest] = process.argv.slice(2);
  const isPlainResign = command === "resign" && !rest.includes("--help") && !rest.includes("-h");
  if (isPlainResign) {
    const { runResign } = await import("./resign/resign.ts");
    process.exitCode = runResign(rest);
    return;
  }
  const { runCommandLine } = await import("./cli/commandLine.ts");
  const { endAfter } = await import("./cli/output.ts");
  await endAfter(() => runCommandLine(process.argv.slice(2), entry));
}

void main();
