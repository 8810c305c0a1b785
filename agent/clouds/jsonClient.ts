/**
 * JSON over HTTP to one API: connections that are kept and come from the machine's own address, a deadline on every call,
 * an answer of bounded size, and errors by what they mean.
 */
import * as http from "node:http";
import * as https from "node:https";
import { ApiFailure } from "./apiFailure.ts";

/** One request. */
export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
}

/** What came back, of whatever status. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

const CALL_DEADLINE_MS = 10_000;
/** No answer that is of use here is longer. */
const MAX_ANSWER_OCTETS = 1 << 20;
const MAX_IDLE_CONNECTIONS = 1;

export class JsonClient {
  readonly #agents: { readonly http: http.Agent; readonly https: https.Agent };
  #requests = 0;

  /** @param source own address that connections come from; undefined: the kernel's choice. */
  constructor(source: string | undefined) {
    const options = {
      keepAlive: true,
      maxFreeSockets: MAX_IDLE_CONNECTIONS,
      ...(source === undefined ? {} : { localAddress: source }),
    };
    this.#agents = { http: new http.Agent(options), https: new https.Agent(options) };
  }

  /** Requests sent since the start. */
  get requests(): number {
    return this.#requests;
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** @throws ApiFailure without an answer: `unreachable`, or `aborted` by the caller */
  async send(request: Request, signal: AbortSignal): Promise<Answer> {
    const limit = AbortSignal.timeout(CALL_DEADLINE_MS);
    this.#requests += 1;
    try {
      return await this.#exchange(request, AbortSignal.any([signal, limit]));
    } catch (error) {
      if (error instanceof ApiFailure) throw error;
      if (signal.aborted) throw new ApiFailure("aborted", "the call was given up");
      const where = `${request.method} ${new URL(request.url).host}`;
      const why = limit.aborted ? `no answer within ${CALL_DEADLINE_MS / 1_000} s` : wordsFor(error);
      throw new ApiFailure("unreachable", `${where}: ${why}`);
    }
  }

  #exchange({ method, url, headers = {}, body }: Request, signal: AbortSignal): Promise<Answer> {
    const secure = url.startsWith("https:");
    const content = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = { method, headers: { accept: "application/json", ...headers, ...content }, signal };
    return new Promise((resolve, reject) => {
      const onAnswer = (answer: http.IncomingMessage): void => {
        readText(answer).then((text) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        }, reject);
      };
      const request = secure
        ? https.request(url, { ...options, agent: this.#agents.https }, onAnswer)
        : http.request(url, { ...options, agent: this.#agents.http }, onAnswer);
      request.on("error", reject);
      request.end(body);
    });
  }
}

async function readText(answer: http.IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let octets = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    octets += piece.length;
    if (octets > MAX_ANSWER_OCTETS) {
      answer.destroy();
      throw new ApiFailure("broken", `an answer of more than ${MAX_ANSWER_OCTETS} octets`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** What a status means that is no success, with what the API said. */
export function failureFor({ status, headers }: Answer, message: string, code?: string): ApiFailure {
  const seconds = Number(headers["retry-after"]);
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMicros: seconds * 1_000_000 } : {};
  return new ApiFailure(kindOf(status), `HTTP ${status}: ${message}`, {
    status,
    ...(code === undefined ? {} : { code }),
    ...retryAfter,
  });
}

function kindOf(status: number): ApiFailure["kind"] {
  if (status === 429) return "busy";
  if (status === 401 || status === 403) return "refused";
  return status >= 400 && status < 500 && status !== 408 ? "not-ready" : "broken";
}
