/**
 * One machine's agent as a process. The protocol's thread elects and holds addresses; everything else (checks, hooks,
 * the peer link, control, log, state on disk, systemd) is here on the main thread, where a pause delays no advertisement.
 */
import { mkdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { configDigest } from "../config/digest.ts";
import type { AgentConfig } from "../config/document.ts";
import { parseAgentConfig } from "../config/parse.ts";
import type { Refusal, ReloadResult } from "../control/protocol.ts";
import { serveControl } from "../control/server.ts";
import { Health } from "./health.ts";
import { Hooks } from "./hooks.ts";
import { type Log, logReport, openLog } from "./log.ts";
import { PeerBridge } from "./peerBridge.ts";
import type { LogLevel, NodeReport } from "./report.ts";
import { ServiceManager } from "./serviceManager.ts";
import { readStanding, removeStanding } from "./standing.ts";
import { StandingFile } from "./standingFile.ts";
import type { AgentStatus } from "./status.ts";
import { type ThreadEnd, ThreadHandle } from "./threadHandle.ts";
import type { Claims, Happening, Questions } from "./threadMessages.ts";

export interface AgentOptions {
  readonly config: AgentConfig;
  /** The file the configuration came from: read again at SIGHUP. */
  readonly configPath: string;
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

/** How often the protocol's thread is asked whether it runs, when systemd does not say. */
const PING_MS = 2_500;

class Agent {
  readonly #options: AgentOptions;
  readonly #log: Log;
  readonly #serviceManager = new ServiceManager(process.env);
  readonly #standingFile: StandingFile;
  readonly #health: Health;
  readonly #hooks: Hooks;
  #config: AgentConfig;
  #thread: ThreadHandle | undefined;
  #peers: PeerBridge | undefined;
  /** Reloads are carried out one after the other. */
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(options: AgentOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    this.#config = options.config;
    this.#standingFile = new StandingFile(options.stateDirectory, this.#serviceManager, log);
    this.#health = new Health(options.config, log, this.#imposeClaims);
    this.#hooks = new Hooks(log, readStanding(options.stateDirectory) !== undefined);
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
    // Before the first election: a node that must not be master shall not be so for a moment.
    this.#health.start();
    const settings = { config: this.#config, claims: this.#claims(), handedOver: [] };
    const thread = new ThreadHandle(entry, settings, (report) => {
      this.#take(report);
    });
    this.#thread = thread;
    this.#stopOnSignals(thread);
    void thread.started.then(() => {
      this.#serviceManager.ready();
      this.#keepAlive(thread);
    });
    await this.#followPeerLink();
    return this.#conclude(await thread.ended, server);
  }

  async #conclude(end: ThreadEnd, server: Server): Promise<number> {
    this.#health.stop();
    await this.#hooks.settled();
    await this.#peers?.stop("stopped");
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
    return {
      node,
      version,
      config: { digest },
      ...(await this.#askable().ask("status", null)),
      checks: this.#health.checks(),
      states: this.#health.states() ?? null,
      hooks: this.#hooks.status(),
      peerLink: this.#peers?.status() ?? null,
    };
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
      this.#health.reconfigure(parsed.config);
      await this.#followPeerLink();
      this.#log.info({ added, removed, reconfigured: changed, config: digest }, "the new configuration is in force");
      return { changed: true, digest, added, removed, reconfigured: changed };
    } finally {
      this.#serviceManager.ready();
    }
  }

  /** Brings the peer link in step with the configuration. */
  async #followPeerLink(): Promise<void> {
    const { node, peerLink, syncGroups } = this.#config;
    if (peerLink === undefined) {
      const peers = this.#peers;
      this.#peers = undefined;
      await peers?.stop("no longer configured");
      return;
    }
    if (this.#peers !== undefined) {
      await this.#peers.reconfigure(peerLink, syncGroups);
      return;
    }
    const happen = (happening: Happening): void => {
      this.#tell("happen", happening);
    };
    this.#peers = new PeerBridge(peerLink, node, syncGroups, happen, this.#log);
    await this.#peers.start();
  }

  /** Says something to the protocol's thread, if it is there; what it answers is of no interest. */
  #tell<Name extends "happen" | "claims" | "prepared">(name: Name, question: Questions[Name]["question"]): void {
    this.#thread?.ask(name, question).catch((error: unknown) => {
      this.#log.error({ error: messageOf(error) }, "the protocol's thread was not told");
    });
  }

  #take(report: NodeReport): void {
    // The peers first: a successor waits for this word, and the log and the disk can wait for it.
    if (report.kind === "standing") this.#peers?.publish(report.standing);
    logReport(this.#log, report);
    if (report.kind === "prepare") this.#prepare(report.virtualRouter);
    if (report.kind !== "standing") return;
    this.#health.follow(report.standing);
    this.#hooks.follow(report.standing);
    this.#standingFile.keep(report.standing);
  }

  /** Runs what has to come before the addresses; the protocol's thread waits, but not for ever. */
  #prepare(virtualRouter: string): void {
    const router = this.#config.virtualRouters.find(({ name }) => name === virtualRouter);
    if (router === undefined) return;
    void this.#hooks.prepare(router).then(() => {
      this.#tell("prepared", { virtualRouter });
    });
  }

  /** Tells the protocol's thread what this node may claim. */
  readonly #imposeClaims = (): void => {
    this.#tell("claims", this.#claims());
  };

  #claims(): Claims {
    return this.#health.claims();
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
    // Asking twice changes nothing, so impatience costs no handover.
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
    process.on("SIGHUP", () => {
      this.#reloadFile();
    });
  }

  /** What SIGHUP asks for; whatever is wrong is said in the log, and the old configuration stays. */
  #reloadFile(): void {
    const { configPath } = this.#options;
    let text: string;
    try {
      text = readFileSync(configPath, "utf8");
    } catch (error) {
      this.#log.error(
        { file: configPath, error: messageOf(error) },
        "the configuration cannot be read, the old one stays",
      );
      return;
    }
    this.#reload(text).catch((error: unknown) => {
      this.#log.error({ error: messageOf(error) }, "the new configuration could not be taken over");
    });
  }

  /** Asks the other thread whether it runs, and passes the word on: to systemd, which restarts an agent that hangs, and to the peers. */
  #keepAlive(thread: ThreadHandle): void {
    setInterval(() => {
      thread.ask("ping", null).then(
        () => {
          this.#serviceManager.alive();
          this.#peers?.setProtocolAlive(true);
        },
        (error: unknown) => {
          this.#log.error({ error: messageOf(error) }, "the protocol's thread hangs: no word to systemd's watchdog");
          this.#peers?.setProtocolAlive(false);
        },
      );
    }, this.#serviceManager.keepaliveMs ?? PING_MS).unref();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
