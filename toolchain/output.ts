// The end of a program: not before its output is on its way. A pipe takes 64 KiB at once, and what a process has not
// written when it ends is lost. A reader that has had enough, such as `head`, is no error.
// (agent/cli/output.ts is its twin: neither room may import the other.)

const STREAMS = [process.stdout, process.stderr];
const EXIT_UNWRITTEN = 1;

/** To be called once, at the start: a reader that goes away ends the program no more than it has to. */
export function letReadersGo(): void {
  for (const stream of STREAMS) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      process.exitCode = EXIT_UNWRITTEN;
      if (stream === process.stdout) process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
    });
  }
}

/** Ends the process once everything before was written, or nobody reads it any more. */
export async function exitWhenWritten(code: number): Promise<never> {
  for (const stream of STREAMS) {
    await new Promise<void>((resolve) => {
      stream.write("", () => {
        resolve();
      });
    });
  }
  process.exit(code);
}
