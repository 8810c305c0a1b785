/** A process on a host of the segment, with its children: what it said, how it ended, how it is stopped dead. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** The last so many characters of output are kept. */
const KEPT_OUTPUT = 1_000_000;

export class Running {
  readonly #child: ChildProcess;
  readonly #title: string;
  #output = "";
  #isOver = false;
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>;

  /** Starts it in a network namespace. It dies with this process, and so do all that the namespace is emptied of. */
  constructor(namespace: string, argv: readonly string[]) {
    this.#title = argv.join(" ");
    const command = ["netns", "exec", namespace, "setpriv", "--pdeathsig", "KILL", "--", ...argv];
    this.#child = spawn("ip", command, { stdio: ["ignore", "pipe", "pipe"] });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code, signal) => {
        this.#isOver = true;
        resolve(code ?? signal ?? "unknown");
      });
    });
  }

  /** What it wrote to stdout and stderr. */
  get output(): string {
    return this.#output;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** It and all that it started, parents first. Each command in between replaced itself, so the child is the program. */
  pids(): readonly number[] {
    if (this.#isOver || this.#child.pid === undefined) return [];
    const found = [this.#child.pid];
    for (const pid of found) found.push(...childrenOf(pid));
    return found;
  }

  /** Asks the program to stop. */
  stop(): void {
    this.#child.kill("SIGTERM");
  }

  /** Gives a signal to each of its processes, children first: a parent has no time to mourn. */
  signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    for (const pid of [...this.pids()].reverse()) signalOne(pid, name);
  }

  /** Kills all of it and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }

  toString(): string {
    return this.#title;
  }
}

/** The processes that a process started, directly. */
function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text
      .split(" ")
      .filter((word) => word !== "")
      .map(Number);
  } catch {
    return [];
  }
}

/** A process that ended in the meantime needs no signal. */
export function signalOne(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
