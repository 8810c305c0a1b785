/** An HTTP server on the loopback that answers as a test says, and remembers what it was asked. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ApiFailure } from "../../agent/clouds/apiFailure.ts";

const TLS = join(import.meta.dirname, "tls");

/** A certificate of `tls/`, PEM: all of one key, `server` of the CA that `ca` is. */
export function certificate(name: "ca" | "server" | "otherName" | "selfSigned" | "expired"): string {
  return readFileSync(join(TLS, `${name}.pem`), "utf8");
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Address and port that it came from. */
  readonly from: string;
}

/** An answer: what is no text is sent as JSON, or it is written as the test likes. `never`: none comes. `cut`: the connection ends. */
export type Scripted =
  | { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | { readonly write: (response: ServerResponse) => void }
  | "never"
  | "cut";

export class ScriptedApi {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #answer: (asked: Asked) => Scripted;

  readonly #protocol: "http" | "https";

  private constructor(answer: (asked: Asked) => Scripted, cert: string | undefined) {
    this.#answer = answer;
    this.#protocol = cert === undefined ? "http" : "https";
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      let body = "";
      request.on("data", (piece: Buffer) => {
        body += piece.toString();
      });
      request.on("end", () => {
        const { method = "", url: path = "", headers, socket } = request;
        const asked = { method, path, headers, body, from: `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}` };
        this.asked.push(asked);
        this.#say(this.#answer(asked), response);
      });
    };
    this.#server =
      cert === undefined
        ? createServer(listener)
        : createTlsServer({ cert, key: readFileSync(join(TLS, "server.key")) }, listener);
  }

  /** @param cert PEM; without one it speaks plain HTTP */
  static async open(answer: (asked: Asked) => Scripted, cert?: string): Promise<ScriptedApi> {
    const api = new ScriptedApi(answer, cert);
    await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get url(): string {
    return `${this.#protocol}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #say(scripted: Scripted, response: ServerResponse): void {
    if (scripted === "never") return;
    if (scripted === "cut") {
      response.destroy();
      return;
    }
    if ("write" in scripted) {
      scripted.write(response);
      return;
    }
    const { status, body, headers = {} } = scripted;
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  }
}

/** What a call failed with, which has to be an API's failure. */
export async function failureOf(promise: Promise<unknown>): Promise<ApiFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiFailure, String(error));
  return error;
}
