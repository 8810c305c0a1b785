/** Speaks to a running lab's daemon over its control socket. */
import { request } from "node:http";
import type { z } from "zod";
import { UserError } from "../../toolchain/userError.ts";
import { commandResult, type LabControl, labStatus } from "./api.ts";
import { type CloudControl, ovhKey, ovhStatus } from "./cloudWords.ts";

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

interface Caller {
  /** @throws UserError when no lab is up, or with the lab's refusal */
  readonly read: <T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown) => Promise<T>;
  readonly tell: (path: string, body?: unknown) => Promise<void>;
}

function callerOf(socketPath: string): Caller {
  const call = async (method: string, path: string, body?: unknown): Promise<string> => {
    const reply = await send(socketPath, method, path, body).catch((error: unknown) => {
      throw isAbsent(error) ? new UserError("the lab is not up", "start it with: npm run lab -- up") : error;
    });
    if (reply.status >= 400)
      throw new UserError(`the lab refused: ${messageOf(reply.text)}`, "see: npm run lab -- status");
    return reply.text;
  };
  return {
    read: async (schema, ...args) => schema.parse(JSON.parse(await call(...args))),
    tell: async (path, body) => {
      await call("POST", path, body);
    },
  };
}

/** A client of the daemon at this socket. Every call fails with a UserError when no lab is up. */
export function connectToLab(socketPath: string): LabControl {
  const { read, tell } = callerOf(socketPath);
  const server = (name: string, verb: string): string => `/servers/${encodeURIComponent(name)}/${verb}`;
  return {
    status: () => read(labStatus, "GET", "/status"),
    run: (name, argv, options) => read(commandResult, "POST", server(name, "run"), { argv, ...options }),
    powerCut: (name) => tell(server(name, "power-cut")),
    start: (name) => tell(server(name, "start")),
    setLink: (name, condition, side) =>
      tell(server(name, "link"), { condition, ...(side === undefined ? {} : { side }) }),
  };
}

/** The same daemon's cloud. */
export function connectToCloud(socketPath: string): CloudControl {
  const { read, tell } = callerOf(socketPath);
  const credential = (name: string, verb: string): string =>
    `/cloud/ovh/credentials/${encodeURIComponent(name)}/${verb}`;
  return {
    fail: (fault) => tell("/cloud/faults", fault),
    heal: () => tell("/cloud/heal"),
    setReachable: (reachable) => tell("/cloud/reachability", { reachable }),
    ovh: () => read(ovhStatus, "GET", "/cloud/ovh"),
    adjustOvh: (adjustment) => tell("/cloud/ovh/behaviour", adjustment),
    makeOvhKey: (request) => read(ovhKey, "POST", "/cloud/ovh/keys", request),
    revokeOvhCredential: (name) => tell(credential(name, "revoke")),
    validateOvhCredential: (name) => tell(credential(name, "validate")),
    forgetOvhRequests: () => tell("/cloud/ovh/forget-requests"),
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
