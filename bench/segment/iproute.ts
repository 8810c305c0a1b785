/** ip(8) and bridge(8): one call at a time, and a process that waits for commands, for what must happen at a moment. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";

/** Runs one ip command. @throws Error with what it wrote. */
export function ip(...argv: readonly string[]): string {
  return execFileSync("ip", argv, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A command that is started already: what is given to it happens within a fraction of a millisecond. */
export class Batch {
  readonly #child: ChildProcess;

  constructor(program: "ip" | "bridge", namespace: string) {
    // --force: a command that fails does not end the batch.
    const argv = ["--pdeathsig", "KILL", "--", program, "-n", namespace, "-force", "-batch", "-"];
    this.#child = spawn("setpriv", argv, { stdio: ["pipe", "ignore", "ignore"] });
  }

  do(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }
}
