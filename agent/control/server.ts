/** The control socket's server: tells the status, takes configurations. Its caller is root, and is not trusted with time or memory. */
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AgentStatus } from "../node/status.ts";
import { MAX_BODY_BYTES, RELOAD_PATH, type Refusal, type ReloadResult, STATUS_PATH } from "./protocol.ts";

/** What the server lets its callers do. */
export interface Controlled {
  status(): Promise<AgentStatus>;
  /** Takes the text of a configuration; a refusal leaves the running one as it is. */
  reload(text: string): Promise<ReloadResult | Refusal>;
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

async function respond(request: IncomingMessage, response: ServerResponse, controlled: Controlled): Promise<void> {
  try {
    const { status, body } = await answer(request, controlled);
    response.writeHead(status, { "content-type": "application/json", connection: "close" });
    response.end(`${JSON.stringify(body)}\n`);
  } catch (error) {
    const problems = [error instanceof Error ? error.message : String(error)];
    response.writeHead(503, { "content-type": "application/json", connection: "close" });
    response.end(`${JSON.stringify({ problems } satisfies Refusal)}\n`);
  }
}

interface Answer {
  readonly status: number;
  readonly body: AgentStatus | ReloadResult | Refusal;
}

async function answer(request: IncomingMessage, controlled: Controlled): Promise<Answer> {
  const { method = "", url = "" } = request;
  if (method === "GET" && url === STATUS_PATH) return { status: 200, body: await controlled.status() };
  if (method === "POST" && url === RELOAD_PATH) {
    const text = await bodyOf(request);
    if (text === undefined) return { status: 413, body: { problems: [`longer than ${MAX_BODY_BYTES} octets`] } };
    const result = await controlled.reload(text);
    return { status: "problems" in result ? 422 : 200, body: result };
  }
  return { status: 404, body: { problems: [`there is no ${method} ${url}`] } };
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
