/** The agent as a service, on the main thread: starts the protocol's thread and stands between it and the world. */
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { configDigest } from "../config/digest.ts";
import type { AgentConfig } from "../config/document.ts";
import { parseAgentConfig } from "../config/parse.ts";
import type { Refusal, ReloadResult } from "../control/protocol.ts";
import { serveControl } from "../control/server.ts";
import { processIdentity } from "../linux/processes.ts";
import { type Log, logReport, openLog } from "./log.ts";
import type { LogLevel, NodeReport } from "./report.ts";
import { ServiceManager } from "./serviceManager.ts";
import { removeStanding, type Standing, writeStanding } from "./standing.ts";
import type { AgentStatus } from "./status.ts";
import { type ThreadEnd, ThreadHandle } from "./threadHandle.ts";

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly version: string;
  /** Directory of the standing; made if it is not there. */
  readonly stateDirectory: string;
  readonly controlSocket: string;
  readonly logLevel: LogLevel;
  /** The program's own file, for the protocol's thread. */
  readonly entry: URL;
}

/** Runs until the agent is told to stop or fails. @returns the exit code. */
export async function runAgent(options: AgentOptions): Promise<number> {
  const log = openLog(options.config.node, options.logLevel);
  try {
    return await new Agent(options, log).run();
  } catch (error) {
    log.error({ error: messageOf(error) }, "the agent could not start");
    return 1;
  }
}

class Agent {
  readonly #options: AgentOptions;
  readonly #log: Log;
  readonly #serviceManager = new ServiceManager(process.env);
  readonly #process = processIdentity(process.pid) ?? "unknown";
  #config: AgentConfig;
  #thread: ThreadHandle | undefined;
  /** Reloads are carried out one after the other. */
  #reloading: Promise<unknown> = Promise.resolve();
  #isStandingLost = false;

  constructor(options: AgentOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    this.#config = options.config;
  }

  async run(): Promise<number> {
    const { stateDirectory, controlSocket, version, entry } = this.#options;
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    // The control socket is also the lock: a second agent is refused here, before it touches any address.
    const server = await serveControl(controlSocket, {
      status: () => this.#status(),
      reload: (text) => this.#reload(text),
    });
    this.#log.info({ version, config: configDigest(this.#config) }, "the agent starts");
    const thread = new ThreadHandle(entry, this.#config, (report) => {
      this.#take(report);
    });
    this.#thread = thread;
    this.#stopOnSignals(thread);
    void thread.started.then(() => {
      this.#serviceManager.ready();
      this.#keepAlive(thread);
    });
    return this.#conclude(await thread.ended, server);
  }

  #conclude(end: ThreadEnd, server: Server): number {
    server.close();
    server.closeAllConnections();
    if (end.kind === "failed") {
      const stack = end.error instanceof Error ? (end.error.stack ?? "") : "";
      this.#log.error({ error: messageOf(end.error), stack }, "the protocol's thread failed");
      return 1;
    }
    removeStanding(this.#options.stateDirectory);
    this.#log.info("the agent stopped");
    return 0;
  }

  #askable(): ThreadHandle {
    if (this.#thread === undefined) throw new Error("the agent is starting: ask again in a moment");
    return this.#thread;
  }

  async #status(): Promise<AgentStatus> {
    const { version } = this.#options;
    const { node } = this.#config;
    const digest = configDigest(this.#config);
    return { node, version, config: { digest }, ...(await this.#askable().ask("status", null)) };
  }

  #reload(text: string): Promise<ReloadResult | Refusal> {
    const result = this.#reloading.then(() => this.#reloadNow(text));
    this.#reloading = result.catch(() => undefined);
    return result;
  }

  async #reloadNow(text: string): Promise<ReloadResult | Refusal> {
    const parsed = parseAgentConfig(text);
    if (!parsed.ok) {
      this.#log.error({ problems: parsed.problems }, "the new configuration is refused, the old one stays");
      return { problems: parsed.problems };
    }
    const digest = configDigest(parsed.config);
    if (digest === configDigest(this.#config)) {
      return { changed: false, digest, added: [], removed: [], reconfigured: [] };
    }
    this.#serviceManager.reloading();
    try {
      const { added, removed, changed } = await this.#askable().ask("reconfigure", parsed.config);
      this.#config = parsed.config;
      this.#log.info({ added, removed, reconfigured: changed, config: digest }, "the new configuration is in force");
      return { changed: true, digest, added, removed, reconfigured: changed };
    } finally {
      this.#serviceManager.ready();
    }
  }

  #take(report: NodeReport): void {
    logReport(this.#log, report);
    if (report.kind === "standing") this.#keepStanding(report.standing);
  }

  /** A disk that is full or read-only costs the quick resignation after a crash, and nothing else. */
  #keepStanding(standing: Standing): void {
    const roles = standing.virtualRouters.map(({ name, role }) => `${name}: ${role}`).join(", ");
    this.#serviceManager.describe(roles);
    try {
      const { pid } = process;
      const kept = { ...standing, version: 1, pid, process: this.#process } as const;
      writeStanding(this.#options.stateDirectory, kept);
      this.#isStandingLost = false;
    } catch (error) {
      if (!this.#isStandingLost) this.#log.warn({ error: messageOf(error) }, "cannot keep what resigning needs");
      this.#isStandingLost = true;
    }
  }

  #stopOnSignals(thread: ThreadHandle): void {
    const stop = (signal: NodeJS.Signals): void => {
      this.#log.info({ signal }, "told to stop: handing over");
      this.#serviceManager.stopping();
      thread.ask("shutdown", null).catch((error: unknown) => {
        this.#log.error({ error: messageOf(error) }, "the protocol's thread does not hand over");
        process.exit(1);
      });
    };
    // Also when the terminal is closed. Asking twice changes nothing, so impatience costs no handover.
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, stop);
  }

  /** Tells systemd that all is well as long as both threads are: the word is only passed on when the other one answers. */
  #keepAlive(thread: ThreadHandle): void {
    const { keepaliveMs } = this.#serviceManager;
    if (keepaliveMs === undefined) return;
    setInterval(() => {
      thread.ask("ping", null).then(
        () => {
          this.#serviceManager.alive();
        },
        (error: unknown) => {
          this.#log.error({ error: messageOf(error) }, "no word to systemd's watchdog");
        },
      );
    }, keepaliveMs).unref();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
