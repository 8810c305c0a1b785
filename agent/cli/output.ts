/**
 * The end of a command: not before its output is on its way. A pipe takes 64 KiB at once, and what a process has not written
 * when it ends is lost. A reader that has had enough, such as `head`, is no error. (toolchain/output.ts is its twin: neither
 * room may import the other.)
 */
import { EXIT } from "./terminal.ts";

const STREAMS = [process.stdout, process.stderr];

/** Runs a command and ends the process with its exit code, or with 1 when its output cannot be written. */
export async function endAfter(command: () => Promise<number>): Promise<never> {
  let lost: Error | undefined;
  for (const stream of STREAMS) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") lost = error;
    });
  }
  const code = await command();
  for (const stream of STREAMS) await written(stream);
  if (lost !== undefined) process.stderr.write(`failover-agent: the output cannot be written: ${lost.message}\n`);
  process.exit(lost === undefined ? code : EXIT.refused);
}

/** Resolves when everything before was written, or nobody reads it any more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => {
      resolve();
    });
  });
}
