/** Speaks to a running lab's daemon over its control socket. */
import { request } from "node:http";
import type { z } from "zod";
import { UserError } from "../../toolchain/userError.ts";
import { commandResult, type LabControl, labStatus } from "./api.ts";

/** Beyond any command's own deadline: a daemon that says nothing for so long is gone. */
const SILENCE_MS = 660_000;

interface Reply {
  readonly status: number;
  readonly text: string;
}

function send(socketPath: string, method: string, path: string, body?: unknown): Promise<Reply> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath,
        method,
        path,
        timeout: SILENCE_MS,
        headers: payload === undefined ? {} : { "content-type": "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
        response.on("error", reject);
      },
    );
    call.on("timeout", () => call.destroy(new Error("the lab's daemon does not answer")));
    call.on("error", reject);
    call.end(payload);
  });
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ECONNREFUSED");

/** A client of the daemon at this socket. Every call fails with a UserError when no lab is up. */
export function connectToLab(socketPath: string): LabControl {
  const call = async (method: string, path: string, body?: unknown): Promise<string> => {
    const reply = await send(socketPath, method, path, body).catch((error: unknown) => {
      throw isAbsent(error) ? new UserError("the lab is not up", "start it with: npm run lab -- up") : error;
    });
    if (reply.status >= 400)
      throw new UserError(`the lab refused: ${messageOf(reply.text)}`, "see: npm run lab -- status");
    return reply.text;
  };
  const read = async <T>(schema: z.ZodType<T>, ...args: Parameters<typeof call>): Promise<T> =>
    schema.parse(JSON.parse(await call(...args)));
  const tell = async (path: string, body?: unknown): Promise<void> => {
    await call("POST", path, body);
  };
  const server = (name: string, verb: string): string => `/servers/${encodeURIComponent(name)}/${verb}`;
  return {
    status: () => read(labStatus, "GET", "/status"),
    run: (name, argv, options) => read(commandResult, "POST", server(name, "run"), { argv, ...options }),
    powerCut: (name) => tell(server(name, "power-cut")),
    start: (name) => tell(server(name, "start")),
    setLink: (name, condition) => tell(server(name, "link"), { condition }),
  };
}

/** True when a daemon answers at this socket. */
export async function isLabUp(socketPath: string): Promise<boolean> {
  try {
    return (await send(socketPath, "GET", "/status")).status === 200;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function messageOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "message" in body && typeof body.message === "string") {
      return body.message;
    }
  } catch {
    // Not JSON: shown as it came.
  }
  return text;
}
