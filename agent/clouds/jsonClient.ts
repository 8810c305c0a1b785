/**
 * JSON over HTTP to one API: connections that are kept, are encrypted and come from the machine's own address, a deadline
 * on every call, an answer of bounded size, and errors by what they mean. It follows no redirection.
 */
import * as http from "node:http";
import * as https from "node:https";
import { isReadableOnTheWay, PLAIN_HTTP_REMEDY } from "../config/fields/plainHttp.ts";
import { ApiFailure } from "./apiFailure.ts";
import { tlsTrouble } from "./tlsTrouble.ts";

/** How connections to an API are made. */
export interface Way {
  /** Own address that connections come from; undefined: the kernel's choice. */
  readonly source?: string | undefined;
  /** Certificates of the CAs that are trusted, PEM; undefined: those that Node knows. */
  readonly ca?: string | undefined;
  /** Whether `http://` may lead to another machine. */
  readonly allowPlainHttp?: boolean | undefined;
}

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
  readonly #allowPlainHttp: boolean;
  readonly #deadlineMs: number;
  #requests = 0;

  /** @param deadlineMs of each call, from the connection to the last octet of the answer */
  constructor({ source, ca, allowPlainHttp = false }: Way, deadlineMs = CALL_DEADLINE_MS) {
    const options = {
      keepAlive: true,
      maxFreeSockets: MAX_IDLE_CONNECTIONS,
      ...(source === undefined ? {} : { localAddress: source }),
    };
    // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment does not count.
    const trust = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
    this.#agents = { http: new http.Agent(options), https: new https.Agent({ ...options, ...trust }) };
    this.#allowPlainHttp = allowPlainHttp;
    this.#deadlineMs = deadlineMs;
  }

  /** Requests sent since the start. */
  get requests(): number {
    return this.#requests;
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** @throws ApiFailure without an answer: `unreachable`, `aborted` by the caller, or `refused` as it would be readable */
  async send(request: Request, signal: AbortSignal): Promise<Answer> {
    if (!this.#allowPlainHttp && isReadableOnTheWay(request.url)) {
      const { host } = new URL(request.url);
      throw new ApiFailure("refused", `http://${host} is not called, anybody could read along: ${PLAIN_HTTP_REMEDY}`);
    }
    const limit = AbortSignal.timeout(this.#deadlineMs);
    this.#requests += 1;
    try {
      return await this.#exchange(request, AbortSignal.any([signal, limit]));
    } catch (error) {
      if (error instanceof ApiFailure) throw error;
      if (signal.aborted) throw new ApiFailure("aborted", "the call was given up");
      const where = `${request.method} ${new URL(request.url).host}`;
      const why = limit.aborted ? `no answer within ${this.#deadlineMs / 1_000} s` : wordsFor(error);
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
  if (!("code" in error) || typeof error.code !== "string") return error.message;
  return tlsTrouble(error.code) ?? error.code;
}
