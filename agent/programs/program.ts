/**
 * Runs a program for the agent: without a shell, in a process group of its own, and ended with all of it.
 *
 * What is ended when time is up, or when the program itself has ended and left others behind:
 * - its process group, by SIGTERM, half a second later by SIGKILL. That is every fork that does not ask to leave it;
 * - when time was up, also those that left the group (setsid, daemons), found by the mark in their environment.
 * What is not: a process that left the group and cleared its environment, or runs as another user; one that left the
 * group in a program that ended in time (a check may start a daemon); one that the kernel itself cannot end.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { setPriority } from "node:os";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../logging/messageOf.ts";
import { endMarked, MARK } from "./orphanedProcesses.ts";

/** Between the request to end and the end. */
const GRACE_MS = 500;
/** A killed group is gone within this, unless nobody reaps its dead or the kernel itself cannot end them. */
const VANISH_MS = 100;
/** For so long a program that cannot be ended is waited for by those who have something else to do. */
const PATIENCE_MS = 1_000;
const VANISH_STEP_MS = 10;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** What comes beyond that is thrown away a pipe's worth at a time, so that a flood takes no more than a trickle of this thread. */
const FLOOD_PAUSE_MS = 10;
/** Output that is under way when a program ends arrives within this. */
const FLUSH_MS = 100;
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How a program ended. */
export type ProgramEnd =
  | { readonly kind: "exited"; readonly status: number }
  /** By a signal that was not ours. */
  | { readonly kind: "killed"; readonly signal: string }
  /** Time was up. */
  | { readonly kind: "timed-out" }
  | { readonly kind: "not-started"; readonly why: string };

export interface ProgramResult {
  readonly end: ProgramEnd;
  /** The first 64 KiB of what it wrote, to either output. */
  readonly output: string;
}

export interface ProgramRun {
  /** Settles when the program has ended or time is up, whichever is first. Never rejects. */
  readonly result: Promise<ProgramResult>;
  /** Settles when the program has ended, with its group; never if it cannot be ended. Never rejects. */
  readonly gone: Promise<void>;
}

/**
 * Starts a program. It has no input, the root as its directory, ordinary priority, and of the environment only PATH and
 * what is given.
 * @param signal aborted when time is up.
 */
export function runProgram(
  [program = "", ...parameters]: readonly string[],
  signal: AbortSignal,
  environment: Readonly<Record<string, string>> = {},
): ProgramRun {
  const mark = randomUUID();
  let child: ChildProcess;
  try {
    child = spawn(program, parameters, {
      detached: true,
      cwd: "/",
      env: { PATH: process.env["PATH"] ?? DEFAULT_PATH, ...environment, [MARK]: mark },
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    return notStarted(error);
  }
  makeOrdinary(child.pid);
  const output = new Output(child);
  const exited = new Promise<ProgramEnd>((resolve) => {
    child.on("error", (error) => {
      resolve({ kind: "not-started", why: error.message });
    });
    child.on("exit", (status, killer) => {
      resolve(killer === null ? { kind: "exited", status: status ?? 0 } : { kind: "killed", signal: killer });
    });
  });
  const timedOut = new Promise<ProgramEnd>((resolve) => {
    const end = (): void => {
      resolve({ kind: "timed-out" });
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  const first = Promise.race([exited, timedOut]);
  const gone = first.then(async ({ kind }) => {
    await endGroup(child.pid, kind === "timed-out");
    await exited;
    if (kind === "timed-out") await endMarked(mark);
    await output.settled(FLUSH_MS);
  });
  const result = first.then(async (end) => {
    // What a program that ended by itself has written counts in full; one that did not end may write forever.
    if (end.kind !== "timed-out") await output.settled(FLUSH_MS);
    return { end, output: output.text() };
  });
  return { result, gone };
}

/** Runs a program to its end, or until time is up or the signal is aborted: then it is ended, with all that is its own. */
export async function runWithin(
  command: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const controller = new AbortController();
  const end = (): void => {
    controller.abort();
  };
  const timer = setTimeout(end, timeoutMs);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const { result, gone } = runProgram(command, controller.signal, environment);
  const ended = await result;
  await Promise.race([gone, delay(PATIENCE_MS, undefined, { ref: false })]);
  clearTimeout(timer);
  signal.removeEventListener("abort", end);
  return ended;
}

function notStarted(error: unknown): ProgramRun {
  const why = messageOf(error);
  return { result: Promise.resolve({ end: { kind: "not-started", why }, output: "" }), gone: Promise.resolve() };
}

/** The agent's own priority and its safety from the kernel's memory killer are not for the programs that it runs. */
function makeOrdinary(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, 0);
  } catch {
    // It has ended already.
  }
  void writeFile(`/proc/${pid}/oom_score_adj`, "0").catch(() => undefined);
}

/** Ends what is left of a group. @param gently whether it is asked first. */
async function endGroup(group: number | undefined, gently: boolean): Promise<void> {
  if (group === undefined) return;
  if (gently && signalGroup(group, "SIGTERM")) await vanished(group, GRACE_MS);
  if (signalGroup(group, "SIGKILL")) await vanished(group, VANISH_MS);
}

async function vanished(group: number, withinMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < withinMs && signalGroup(group, 0); waitedMs += VANISH_STEP_MS) {
    await delay(VANISH_STEP_MS);
  }
}

/** @returns whether there was anybody to receive it. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** What a program writes: the beginning is kept, the rest is read and forgotten, so that it never blocks for a reader. */
class Output {
  readonly #chunks: Buffer[] = [];
  readonly #streams: readonly Readable[];
  readonly #closed: Promise<unknown>;
  #bytes = 0;

  constructor(child: ChildProcess) {
    this.#streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
    this.#closed = new Promise((resolve) => child.on("close", resolve));
    for (const stream of this.#streams) {
      stream.on("data", (chunk: Buffer) => {
        this.#take(chunk, stream);
      });
      // A pipe that breaks has said what it had to say.
      stream.on("error", () => undefined);
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  /** Waits until the outputs are closed; those that others keep open are closed on this side. */
  async settled(withinMs: number): Promise<void> {
    await Promise.race([this.#closed, delay(withinMs, undefined, { ref: false })]);
    for (const stream of this.#streams) stream.destroy();
  }

  #take(chunk: Buffer, stream: Readable): void {
    const room = MAX_OUTPUT_BYTES - this.#bytes;
    if (room > 0) this.#chunks.push(Buffer.from(chunk.subarray(0, room)));
    this.#bytes += chunk.length;
    if (room > chunk.length) return;
    stream.pause();
    setTimeout(() => stream.resume(), FLOOD_PAUSE_MS).unref();
  }
}
