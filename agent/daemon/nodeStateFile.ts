/** Keeps the standing on disk for the one that clears up after this process, and says it to systemd. */

import { processIdentity } from "../linux/system/processes.ts";
import { messageOf } from "../logging/messageOf.ts";
import type { Troubles } from "../logging/troubles.ts";
import { type NodeState, writeNodeState } from "../virtualRouter/nodeState.ts";
import type { ServiceManager } from "./systemdNotify.ts";

/** Where the main thread keeps what it has to remember. */
export interface Directories {
  /** Gone after a boot: socket and node state. */
  readonly state: string;
  /** Outlives a boot: the operator's word. */
  readonly persistent: string;
}

export class NodeStateFile {
  readonly #directory: string;
  readonly #serviceManager: ServiceManager;
  readonly #troubles: Troubles;
  readonly #process = processIdentity(process.pid) ?? "unknown";

  constructor(directory: string, serviceManager: ServiceManager, troubles: Troubles) {
    this.#directory = directory;
    this.#serviceManager = serviceManager;
    this.#troubles = troubles;
  }

  /** A disk that is full or read-only costs the quick resignation after a crash, and nothing else. */
  keep(nodeState: NodeState): void {
    this.#serviceManager.describe(
      nodeState.virtualRouters.map(({ config, role }) => `${config.name}: ${role}`).join(", "),
    );
    try {
      writeNodeState(this.#directory, { ...nodeState, version: 2, pid: process.pid, process: this.#process });
      this.#troubles.end("node-state-file");
    } catch (error) {
      const words = messageOf(error);
      const message = "the roles are not on disk: after a crash nobody says goodbye for this node";
      this.#troubles.begin("node-state-file", { level: "warn", message, error: words });
    }
  }
}
