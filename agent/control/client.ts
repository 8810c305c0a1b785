/** The other end of the control socket, for the command line. */
import { request } from "node:http";
import type { AgentStatus } from "../node/status.ts";
import { RELOAD_PATH, type Refusal, type ReloadResult, STATUS_PATH } from "./protocol.ts";

const TIMEOUT_MS = 10_000;

/** No agent answers on the socket. */
export class AgentUnreachable extends Error {
  constructor(socketPath: string, cause: string) {
    super(`no agent answers on ${socketPath} (${cause}): is it running, and are you root?`);
    this.name = "AgentUnreachable";
  }
}

/** Asks the agent how it is. @throws AgentUnreachable */
export async function fetchStatus(socketPath: string): Promise<AgentStatus | Refusal> {
  return (await exchange(socketPath, "GET", STATUS_PATH, "")) as AgentStatus | Refusal;
}

/** Gives the agent the text of a configuration. @throws AgentUnreachable */
export async function sendReload(socketPath: string, text: string): Promise<ReloadResult | Refusal> {
  return (await exchange(socketPath, "POST", RELOAD_PATH, text)) as ReloadResult | Refusal;
}

/** One request and its answer, read as JSON. */
function exchange(socketPath: string, method: string, path: string, body: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new AgentUnreachable(socketPath, error.message));
    };
    const headers = { "content-length": Buffer.byteLength(body) };
    const outgoing = request({ socketPath, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        } catch {
          fail(new Error("its answer is not JSON"));
        }
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}
