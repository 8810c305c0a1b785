// Runs other programs: an argument vector in, status and output back, and an error that shows what the program said.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** How much of a failed program's output its error repeats. */
const ERROR_LINES = 12;
/** A program that ignores SIGTERM for this long after a deadline or an abort gets SIGKILL. */
const KILL_AFTER_MS = 2000;

/** How to run a program. Nothing here goes through a shell. */
export interface CommandOptions {
  /** The whole environment of the program; the parent's own when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Written to the program's stdin, which is closed after it; an empty stdin when left out. */
  readonly input?: string | Uint8Array;
  /** Called for each line of output while the program runs, without its newline. */
  readonly onLine?: (line: string, from: "stdout" | "stderr") => void;
  /** Ends the program with SIGTERM (then SIGKILL) and fails the run when it takes longer. */
  readonly timeoutMs?: number;
  /** Ends the program in the same way and fails the run when it fires. */
  readonly signal?: AbortSignal;
  /** Exit codes that are no failure; [0] when left out. "any" reports every code in the result. */
  readonly accept?: readonly number[] | "any";
}

/** What a program left behind. */
export interface CommandResult {
  /** Its exit code; 128 + the signal's number when a signal ended it, as a shell would say. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that could not be started, failed, or was ended; the message has the last lines of its output. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly program: string;
  /** Undefined when the program never ran. `ENOENT` in `code` then means that it is not installed. */
  readonly result: CommandResult | undefined;
  readonly code: string | undefined;

  constructor(program: string, why: string, result: CommandResult | undefined, cause?: unknown) {
    const said = result === undefined ? "" : lastLines(`${result.stdout}\n${result.stderr}`);
    super(`${program} ${why}${said === "" ? "" : `:\n${said}`}`, { cause });
    this.program = program;
    this.result = result;
    this.code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  }
}

/**
 * Runs `argv` to its end and collects its output (UTF-8).
 * @throws CommandError when it cannot be started, exits with a code that is not accepted, is killed, or is out of time.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error("runCommand needs a program to run, got an empty list");
  const stop = stopSignal(options);
  const neverStarted = whyStopped(stop, options.timeoutMs);
  if (neverStarted !== undefined) throw new CommandError(program, neverStarted, undefined);
  const { cwd, env } = options;
  const child = spawn(program, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  // A program that ends without reading its input breaks the pipe: its exit code says more than EPIPE would.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const stdout = collect(child.stdout, "stdout", options.onLine);
  const stderr = collect(child.stderr, "stderr", options.onLine);
  const release = stop === undefined ? () => undefined : endOn(stop, child);
  try {
    const status = await exitStatus(child, program);
    const result = { status, stdout: await stdout, stderr: await stderr };
    const ended = whyStopped(stop, options.timeoutMs);
    if (ended !== undefined) throw new CommandError(program, ended, result);
    const accept = options.accept ?? [0];
    if (accept !== "any" && !accept.includes(status)) {
      throw new CommandError(program, `failed with exit code ${status}`, result);
    }
    return result;
  } finally {
    release();
  }
}

/** The number that a shell would report: the exit code, or 128 + the number of the signal that ended the program. */
function exitStatus(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      const missing = "code" in error && error.code === "ENOENT";
      reject(
        new CommandError(
          program,
          missing ? "is not installed" : `could not be run: ${error.message}`,
          undefined,
          error,
        ),
      );
    });
    // "close", not "exit": only then has all output arrived.
    child.once("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

async function collect(stream: Readable, from: "stdout" | "stderr", onLine: CommandOptions["onLine"]): Promise<string> {
  stream.setEncoding("utf8");
  if (onLine !== undefined) {
    createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => {
      onLine(line, from);
    });
  }
  let text = "";
  stream.on("data", (chunk: string) => {
    text += chunk;
  });
  await new Promise<void>((resolve) => stream.once("close", resolve));
  return text;
}

/** The signals that end a run, joined; undefined when nothing may end it. */
function stopSignal(options: CommandOptions): AbortSignal | undefined {
  const signals: AbortSignal[] = [];
  if (options.signal !== undefined) signals.push(options.signal);
  if (options.timeoutMs !== undefined) signals.push(AbortSignal.timeout(options.timeoutMs));
  return signals.length === 0 ? undefined : AbortSignal.any(signals);
}

/** Why a run was ended before its time; undefined when nothing ended it. */
function whyStopped(stop: AbortSignal | undefined, timeoutMs: number | undefined): string | undefined {
  if (stop?.aborted !== true) return undefined;
  const reason = stop.reason instanceof Error ? stop.reason : undefined;
  if (reason?.name === "TimeoutError" && timeoutMs !== undefined) return `took longer than ${timeoutMs} ms`;
  // An abort that was given no reason of its own has a stock one.
  return reason === undefined || reason instanceof DOMException ? "was cancelled" : `was cancelled: ${reason.message}`;
}

/** Ends the child when the signal fires: politely, then surely. Returns the undoing, for when the child has ended. */
function endOn(stop: AbortSignal, child: ChildProcess): () => void {
  let insist: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill("SIGTERM");
    insist = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
    // What the program started may live on and hold its output open; that is no reason to wait for it.
    child.once("exit", () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
  };
  stop.addEventListener("abort", end, { once: true });
  return () => {
    stop.removeEventListener("abort", end);
    clearTimeout(insist);
  };
}

/** The last lines that are not blank, for an error message. */
function lastLines(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-ERROR_LINES).join("\n");
}
