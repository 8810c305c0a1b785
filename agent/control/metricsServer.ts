/** Serves the metrics to Prometheus where the configuration wants it: over HTTP on an own address, GET /metrics and nothing else. */

import { createServer, type Server, type ServerResponse } from "node:http";
import { isDeepStrictEqual } from "node:util";
import type { AgentConfig } from "../config/schema/document.ts";
import type { Log } from "../logging/log.ts";
import { messageOf } from "../logging/messageOf.ts";
import type { Troubles } from "../logging/troubles.ts";
import type { AgentStatus } from "../operator/agentStatus.ts";

type Place = NonNullable<AgentConfig["metrics"]>;

const REQUEST_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 16;
/** An own address may come later than the agent, and a port may be freed. */
const RETRY_MS = 10_000;

export class MetricsServer {
  readonly #status: () => Promise<AgentStatus>;
  readonly #log: Log;
  readonly #troubles: Troubles;
  #place: Place | undefined;
  #server: Server | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(status: () => Promise<AgentStatus>, log: Log, troubles: Troubles) {
    this.#status = status;
    this.#log = log;
    this.#troubles = troubles;
  }

  /** Serves there from now on; undefined: nowhere. Goes on trying where the operating system refuses. */
  follow(place: Place | undefined): void {
    if (isDeepStrictEqual(place, this.#place)) return;
    this.stop();
    this.#place = place;
    if (place !== undefined) this.#listen(place);
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#place = undefined;
    this.#troubles.end("metrics-server");
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
  }

  #listen({ listen, port }: Place): void {
    const server = createServer(({ method, url }, response) => {
      if (method === "GET" && url === "/metrics") void this.#answer(response);
      else response.writeHead(404, { connection: "close" }).end("there is nothing but GET /metrics\n");
    });
    this.#server = server;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.headersTimeout = REQUEST_TIMEOUT_MS;
    server.timeout = REQUEST_TIMEOUT_MS;
    server.maxConnections = MAX_CONNECTIONS;
    server.on("error", (error) => {
      const message = `metrics are not served at ${listen}, port ${port}: trying again`;
      this.#troubles.begin("metrics-server", { level: "warn", message, error: error.message });
      this.#retry = setTimeout(() => {
        if (this.#server === server) this.#listen({ listen, port });
      }, RETRY_MS).unref();
    });
    server.listen(port, listen, () => {
      this.#troubles.end("metrics-server");
      this.#log.info({ address: listen, port }, "metrics are served");
    });
  }

  async #answer(response: ServerResponse): Promise<void> {
    try {
      const { METRICS_TYPE, metricsText } = await import("./metrics.ts");
      const text = await metricsText({ status: await this.#status(), residentBytes: process.memoryUsage.rss() });
      response.writeHead(200, { "content-type": METRICS_TYPE }).end(text);
    } catch (error) {
      response.writeHead(503).end(`${messageOf(error)}\n`);
    }
  }
}
