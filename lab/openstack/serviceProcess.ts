/** One service that runs in the container: how it ends, and the wait until it is ready. */
import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../toolchain/userError.ts";
import { childrenOf } from "../host/processes.ts";
import { answers } from "./apiClient.ts";
import type { Container, ProgramOptions } from "./container.ts";
import type { Readiness } from "./services.ts";
import type { Places } from "./settings/places.ts";

/** A service that is not ready by then hangs: on two cores, a start of all of them takes a third of it. */
const READY_DEADLINE_MS = 180_000;
const POLL_MS = 100;
/** How much of a log an error repeats. */
const LOG_LINES = 12;

/** A service that was started. */
export interface ServiceProcess {
  readonly name: string;
  readonly log: string;
  readonly child: ChildProcess;
  /** Resolves to how it ended, such as "exit code 1". */
  readonly ended: Promise<string>;
}

/** What ends, and how. */
export function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve(error.message);
    });
    child.once("exit", (code, signal) => {
      resolve(signal ?? `exit code ${String(code)}`);
    });
  });
}

/** @throws UserError when it ends before it is ready, or hangs */
export async function untilReady(
  process: ServiceProcess,
  ready: Readiness,
  container: Container,
  places: Places,
  options: ProgramOptions,
): Promise<void> {
  const end: { how?: string } = {};
  void process.ended.then((how) => {
    end.how = how;
  });
  const deadlineMs = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    if (end.how !== undefined) throw await failure(process, `ended (${end.how}) before it was ready`);
    if (await isReady(process.log, ready, container, places, options)) return;
    if (performance.now() > deadlineMs) {
      throw await failure(process, `was not ready ${READY_DEADLINE_MS / 1000} s after its start`);
    }
    await sleep(POLL_MS);
  }
}

/** Asks for its end, of itself and not of who waits for it outside the container. */
export async function askToEnd({ child }: ServiceProcess): Promise<void> {
  const [inside] = child.pid === undefined ? [] : await childrenOf(child.pid);
  if (inside === undefined) return;
  try {
    globalThis.process.kill(inside, "SIGTERM");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** What to tell whoever waits: which service failed, the end of what it said, and where the rest is. */
export async function failure({ name, log }: ServiceProcess, why: string): Promise<UserError> {
  const lines = (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line.trim() !== "");
  const said = lines.slice(-LOG_LINES).map((line) => `  ${line}`);
  return new UserError(
    [`${name} of the lab's OpenStack ${why}${said.length === 0 ? "" : ":"}`, ...said].join("\n"),
    `all of its log is in ${log}`,
  );
}

/** Runs in the container, whose network this process does not see. */
const CONNECTS = 'exec 3<>"/dev/tcp/$1/$2"';

async function isReady(
  log: string,
  ready: Readiness,
  container: Container,
  places: Places,
  options: ProgramOptions,
): Promise<boolean> {
  const succeeds = (argv: readonly string[]): Promise<boolean> =>
    container.run(argv, options).then(
      () => true,
      () => false,
    );
  switch (ready.kind) {
    case "running":
      return true;
    case "log":
      return (await readFile(log, "utf8")).includes(ready.text);
    case "api":
      return answers(places, ready.api);
    case "program":
      return succeeds(ready.argv);
    case "tcp":
      return succeeds(["bash", "-c", CONNECTS, "connects", ready.address, String(ready.port)]);
  }
}
