/** An HTTP server on the loopback that answers as a test says, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Address and port that it came from. */
  readonly from: string;
}

/** An answer: what is no text is sent as JSON. `never`: none comes. `cut`: the connection ends. */
export type Scripted =
  | { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | "never"
  | "cut";

export class ScriptedApi {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #answer: (asked: Asked) => Scripted;

  private constructor(answer: (asked: Asked) => Scripted) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
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
    });
  }

  static async open(answer: (asked: Asked) => Scripted): Promise<ScriptedApi> {
    const api = new ScriptedApi(answer);
    await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
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
    const { status, body, headers = {} } = scripted;
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  }
}
