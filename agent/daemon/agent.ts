/**
 * One machine's agent as a process: starts the protocol's thread and the main thread's work, answers on the control
 * socket, takes configurations, obeys signals and systemd, and ends.
 */

import { mkdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { configDigest } from "../config/digest.ts";
import { parseAgentConfig } from "../config/parse.ts";
import type { AgentConfig } from "../config/schema/document.ts";
import type { ReloadResult } from "../control/protocol.ts";
import { serveControl } from "../control/server.ts";
import { type Log, openLog } from "../logging/log.ts";
import type { LogLevel } from "../logging/logLine.ts";
import { messageOf } from "../logging/messageOf.ts";
import { Troubles } from "../logging/troubles.ts";
import type { AgentStatus } from "../operator/agentStatus.ts";
import type { Refusal } from "../operator/orders.ts";
import { removeNodeState } from "../virtualRouter/nodeState.ts";
import { Keepalive } from "./keepalive.ts";
import { MainThread } from "./mainThread.ts";
import { NodeStateFile } from "./nodeStateFile.ts";
import { ServiceManager } from "./systemdNotify.ts";
import { type ThreadEnd, ThreadHandle } from "./threadHandle.ts";

export interface AgentOptions {
  readonly config: AgentConfig;
  /** The file the configuration came from: read again at SIGHUP. */
  readonly configPath: string;
  readonly version: string;
  /** Directory of the standing; made if it is not there. */
  readonly stateDirectory: string;
  /** Directory of what outlives a boot; made when there is something to keep. */
  readonly persistentDirectory: string;
  readonly controlSocket: string;
  readonly logLevel: LogLevel;
  /** The program's own file, for the protocol's thread. */
  readonly entry: URL;
}

/** How often the protocol's thread is asked whether it runs, when systemd does not say. */
const PING_MS = 2_500;

/** Runs until the agent is told to stop or fails. @returns the exit code. */
export async function runAgent(options: AgentOptions): Promise<number> {
  const log = openLog(options.config, options.logLevel);
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
  readonly #startedAt = new Date().toISOString();
  #main: MainThread | undefined;
  #thread: ThreadHandle | undefined;
  #keepalive: Keepalive | undefined;
  /** Reloads are carried out in turn. */
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(options: AgentOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  async run(): Promise<number> {
    const { config, stateDirectory, persistentDirectory, version, entry } = this.#options;
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    // The control socket is also the lock: a second agent is refused here, before it touches any address.
    const server = await this.#serveControl();
    this.#log.info({ version, config: configDigest(config) }, "the agent starts");
    const troubles = new Troubles(this.#log);
    const nodeStateFile = new NodeStateFile(stateDirectory, this.#serviceManager, troubles);
    const directories = { state: stateDirectory, persistent: persistentDirectory };
    const main = new MainThread(config, directories, nodeStateFile, troubles, () => this.#status(), this.#log);
    // Before the first election: a node that must not be master shall not be so for a moment.
    const settings = await main.prepare();
    const thread = new ThreadHandle(entry, { ...settings, stateDirectory }, (reports) => {
      main.take(reports);
    });
    this.#main = main;
    this.#thread = thread;
    this.#obeySignals(thread);
    void thread.started.then(() => {
      this.#serviceManager.ready();
      this.#keepalive = this.#keepAlive(thread, main);
    });
    await main.start(thread);
    return this.#conclude(await thread.ended, main, server);
  }

  async #conclude(end: ThreadEnd, main: MainThread, server: Server): Promise<number> {
    main.heed();
    if (end.kind === "failed") {
      const stack = end.error instanceof Error ? (end.error.stack ?? "") : "";
      this.#log.error({ error: messageOf(end.error), stack }, "the protocol's thread failed");
      // Without a goodbye: the peers shall take over as from any agent that died.
      return 1;
    }
    // Hooks may take longer than the watchdog waits.
    this.#keepalive?.handedOver();
    await main.stop();
    server.close();
    server.closeAllConnections();
    removeNodeState(this.#options.stateDirectory);
    this.#log.info("the agent stopped");
    return 0;
  }

  #serveControl(): Promise<Server> {
    return serveControl(this.#options.controlSocket, {
      status: () => this.#status(),
      reload: (text) => this.#reload(text),
      handOver: async (order) => this.#running().main.handOver(order, await this.#status()),
      obey: (order) => this.#running().main.obey(order),
      recording: () => this.#running().thread.ask("recording", null),
      config: () => this.#running().main.config,
    });
  }

  #running(): { readonly main: MainThread; readonly thread: ThreadHandle } {
    if (this.#main === undefined || this.#thread === undefined) {
      throw new Error("the agent is starting: ask again in a moment");
    }
    return { main: this.#main, thread: this.#thread };
  }

  async #status(): Promise<AgentStatus> {
    const { main, thread } = this.#running();
    const { node } = main.config;
    const askedAt = performance.now();
    const answer = await thread.ask("status", null);
    return {
      node,
      version: this.#options.version,
      config: { digest: configDigest(main.config) },
      startedAt: this.#startedAt,
      protocolThread: { answerMs: performance.now() - askedAt },
      ...answer,
      ...main.status(),
    };
  }

  #reload(text: string): Promise<ReloadResult | Refusal> {
    const result = this.#reloading.then(() => this.#reloadNow(text));
    this.#reloading = result.catch(() => undefined);
    return result;
  }

  async #reloadNow(text: string): Promise<ReloadResult | Refusal> {
    const { main, thread } = this.#running();
    const parsed = parseAgentConfig(text);
    if (!parsed.ok) {
      this.#log.error({ problems: parsed.problems }, "the new configuration is refused, the old one stays");
      return { problems: parsed.problems };
    }
    const digest = configDigest(parsed.config);
    if (digest === configDigest(main.config)) {
      return { changed: false, digest, added: [], removed: [], reconfigured: [], obstacles: [] };
    }
    this.#serviceManager.reloading();
    try {
      const { added, removed, changed, obstacles } = await thread.ask("reconfigure", parsed.config);
      await main.reconfigure(parsed.config);
      this.#log.info({ added, removed, reconfigured: changed, config: digest }, "the new configuration is in force");
      return { changed: true, digest, added, removed, reconfigured: changed, obstacles };
    } finally {
      this.#serviceManager.ready();
    }
  }

  #obeySignals(thread: ThreadHandle): void {
    const stop = (signal: NodeJS.Signals): void => {
      if (thread.hasEnded) return;
      this.#log.info({ signal }, "told to stop: handing over");
      this.#serviceManager.stopping();
      thread.ask("shutdown", null).catch((error: unknown) => {
        this.#log.error({ error: messageOf(error) }, "the protocol's thread does not hand over");
        process.exit(1);
      });
    };
    // Asking twice changes nothing, so impatience costs no handover.
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
    process.on("SIGHUP", () => {
      this.#reloadFile();
    });
  }

  /** What SIGHUP asks for; whatever is wrong is said in the log, and the old configuration stays. */
  #reloadFile(): void {
    const { configPath: file } = this.#options;
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      this.#log.error({ file, error: messageOf(error) }, "the configuration cannot be read, the old one stays");
      return;
    }
    this.#reload(text).catch((error: unknown) => {
      this.#log.error({ error: messageOf(error) }, "the new configuration could not be taken over");
    });
  }

  #keepAlive(thread: ThreadHandle, main: MainThread): Keepalive {
    return new Keepalive(this.#serviceManager.keepaliveMs ?? PING_MS, {
      ping: () => thread.ask("ping", null),
      alive: () => {
        this.#serviceManager.alive();
      },
      setProtocolAlive: (isAlive) => {
        main.setProtocolAlive(isAlive);
      },
      unanswered: (error) => {
        this.#log.error({ error: messageOf(error) }, "the protocol's thread hangs: no word to systemd's watchdog");
      },
    });
  }
}
