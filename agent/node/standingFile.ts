/** Keeps the standing on disk for whoever clears up after this process, and says it to systemd. */
import { processIdentity } from "../linux/processes.ts";
import type { Log } from "./log.ts";
import type { ServiceManager } from "./serviceManager.ts";
import { type Standing, writeStanding } from "./standing.ts";

export class StandingFile {
  readonly #directory: string;
  readonly #serviceManager: ServiceManager;
  readonly #log: Log;
  readonly #process = processIdentity(process.pid) ?? "unknown";
  #isLost = false;

  constructor(directory: string, serviceManager: ServiceManager, log: Log) {
    this.#directory = directory;
    this.#serviceManager = serviceManager;
    this.#log = log;
  }

  /** A disk that is full or read-only costs the quick resignation after a crash, and nothing else. */
  keep(standing: Standing): void {
    this.#serviceManager.describe(
      standing.virtualRouters.map(({ config, role }) => `${config.name}: ${role}`).join(", "),
    );
    try {
      writeStanding(this.#directory, { ...standing, version: 2, pid: process.pid, process: this.#process });
      this.#isLost = false;
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (!this.#isLost) this.#log.warn({ error: words }, "cannot keep what resigning needs");
      this.#isLost = true;
    }
  }
}
