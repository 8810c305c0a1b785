/** A small OVH API for tests: it keeps what it was asked and answers as the test says. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "mocha";

/** One request as it arrived. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What to answer: a body with 200, or a status with a body; undefined is a 404. */
export type Answers = (asked: Asked) => Answer | undefined;
interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly location?: string;
}

/** A running API. */
export interface OvhServer {
  /** As the provider's `endpoint` has it. */
  readonly endpoint: string;
  readonly asked: readonly Asked[];
}

const running: Server[] = [];

/** Starts an API on a free port; it ends with the test. `/auth/details` and `/auth/time` it answers itself. */
export async function startOvhServer(answers: Answers): Promise<OvhServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const one = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
      asked.push(one);
      const answer: Answer = usual(one.path) ?? answers(one) ?? NOT_FOUND;
      const headers = { "content-type": "application/json", "x-ovh-queryid": "EU.test-1" };
      const location = answer.location === undefined ? {} : { location: answer.location };
      response.writeHead(answer.status ?? 200, { ...headers, ...location });
      response.end(answer.body === undefined ? "" : text(answer.body));
    });
  });
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}/ovh/1.0`, asked };
}

afterEach(() => {
  for (const server of running.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const NOT_FOUND = { status: 404, body: { class: "Client::NotFound", message: "This service does not exist" } };

function usual(path: string): { readonly body: unknown; readonly status?: number } | undefined {
  if (path === "/ovh/1.0/auth/details") return { body: { account: "xx11111-ovh", method: "account" } };
  if (path === "/ovh/1.0/auth/time") return { body: Math.floor(Date.now() / 1000) + 600 };
  return undefined;
}

const text = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
  return body;
}
