/** The control socket's server. Its caller is root, and is not trusted with time or memory. */

import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AgentConfig } from "../config/schema/document.ts";
import { withoutSecrets } from "../config/withoutSecrets.ts";
import { messageOf } from "../logging/messageOf.ts";
import type { AgentStatus } from "../operator/agentStatus.ts";
import {
  type HandoverOrder,
  type HandoverResult,
  type OperatorOrder,
  type Refusal,
  readHandoverOrder,
  readOperatorOrder,
} from "../operator/orders.ts";
import { MAX_BODY_BYTES, type OperatorResult, PATHS, type ReloadResult, type SimulationBasis } from "./protocol.ts";

/** What the server lets its callers do. What rejects is answered with 503 and the error's message. */
export interface Controlled {
  status(): Promise<AgentStatus>;
  /** Takes the text of a configuration; a refusal leaves the running one as it is. */
  reload(text: string): Promise<ReloadResult | Refusal>;
  /** Hands roles over; resolves when the elections know. See agent/operator/handover.ts for what is refused. */
  handOver(order: HandoverOrder): Promise<HandoverResult | Refusal>;
  /** Takes the node out of service or puts it back; resolves when the elections know. */
  obey(order: OperatorOrder): Promise<OperatorResult | Refusal>;
  /** The lines of the flight recorder. */
  recording(): Promise<readonly string[]>;
  /** The configuration in force. */
  config(): AgentConfig;
}

const REQUEST_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 16;
/** Only root and the agent's own user: rw-------. */
const UMASK = 0o177;

/**
 * Listens on the socket. A socket that a dead agent left is replaced; one that answers belongs to a live one.
 * @throws Error when another agent listens there already, or the file system refuses.
 */
export async function serveControl(path: string, controlled: Controlled): Promise<Server> {
  if (await isAnswered(path)) {
    throw new Error(`${path} is answered by a running agent: stop it, or choose another --state-dir`);
  }
  rmSync(path, { force: true });
  const server = createServer((request, response) => {
    void respond(request, response, controlled);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = 1;
  server.timeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, path);
  return server;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function respond(request: IncomingMessage, response: ServerResponse, controlled: Controlled): Promise<void> {
  const { status, type, text } = await answer(request, controlled).catch((error: unknown) =>
    json({ problems: [messageOf(error)] } satisfies Refusal, 503),
  );
  response.writeHead(status, { "content-type": type, connection: "close" });
  response.end(text);
}

async function answer(request: IncomingMessage, controlled: Controlled): Promise<Answer> {
  const { method = "", url = "" } = request;
  const asked = `${method} ${url}`;
  switch (asked) {
    case `GET ${PATHS.status}`:
      return json(await controlled.status());
    case `GET ${PATHS.metrics}`:
      return metrics(controlled);
    case `GET ${PATHS.recording}`:
      return { status: 200, type: "application/jsonl", text: lines(await controlled.recording()) };
    case `GET ${PATHS.simulationBasis}`:
      return json(await basisOf(controlled));
    case `POST ${PATHS.reload}`:
      return ordered(
        request,
        (text) => text,
        (text) => controlled.reload(text),
      );
    case `POST ${PATHS.handover}`:
      return ordered(request, readHandoverOrder, (order) => controlled.handOver(order));
    case `POST ${PATHS.operator}`:
      return ordered(request, readOperatorOrder, (order) => controlled.obey(order));
    default:
      return json({ problems: [`there is no ${asked}`] } satisfies Refusal, 404);
  }
}

/** The library behind it is loaded for those who ask only. */
async function metrics(controlled: Controlled): Promise<Answer> {
  const { METRICS_TYPE, metricsText } = await import("./metrics.ts");
  const measured = { status: await controlled.status(), residentBytes: process.memoryUsage.rss() };
  return { status: 200, type: METRICS_TYPE, text: await metricsText(measured) };
}

async function basisOf(controlled: Controlled): Promise<SimulationBasis> {
  return { config: withoutSecrets(controlled.config()), status: await controlled.status() };
}

/** Reads an order and has it carried out. */
async function ordered<Order extends object | string>(
  request: IncomingMessage,
  read: (text: string) => Order | Refusal,
  carryOut: (order: Order) => Promise<object>,
): Promise<Answer> {
  const text = await bodyOf(request);
  if (text === undefined) return json({ problems: [`longer than ${MAX_BODY_BYTES} octets`] } satisfies Refusal, 413);
  const order = read(text);
  if (isRefusal(order)) return json(order, 422);
  const result = await carryOut(order);
  return json(result, isRefusal(result) ? 422 : 200);
}

function isRefusal(value: object | string): value is Refusal {
  return typeof value === "object" && "problems" in value;
}

function json(body: object, status = 200): Answer {
  return { status, type: "application/json", text: `${JSON.stringify(body)}\n` };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

/** The body as text; undefined when it is too long, of which no more is read than was needed to know. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The socket is made in this call, so nobody can connect before its mode is what it should be.
    const umask = process.umask(UMASK);
    server.listen(path, resolve);
    process.umask(umask);
  });
}
