/** A cloud API that misbehaves on demand: rules that replace or delay its answers, for drills and tests. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError, errorBody, type ServiceName } from "./errors.ts";

/** One misbehaviour. Without a `status` or an `outcome` the answer is only delayed. */
export interface FaultRule {
  /** HTTP method; absent: any. */
  readonly method?: string;
  /** Matched against the path without its query, such as `/network/v2.0/ports`. */
  readonly path: RegExp;
  readonly delayMs?: number;
  readonly status?: number;
  /** A text is sent as HTML, an object as JSON; absent: the service's own shape of an error with this status. */
  readonly body?: string | Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** `instead` (default) of doing it, or `after` it was done: an answer that lies about what happened. */
  readonly timing?: "instead" | "after";
  /** No answer at all: silence until the caller hangs up, or the connection reset. */
  readonly outcome?: "never" | "reset";
  /** How many requests it spoils before it is spent; absent: all. */
  readonly times?: number;
  /** How long it is in force; absent: until it is taken off. */
  readonly forMs?: number;
}

/** The rules in force; the oldest one that matches counts. */
export interface FaultTable {
  /** Puts a rule in force; the function that it returns takes it off again. */
  add(rule: FaultRule): () => void;
  clear(): void;
  rules(): readonly FaultRule[];
}

/** A table that can also be asked for the rule that spoils a request, which uses up one of its times. */
export interface FaultSource extends FaultTable {
  take(method: string, path: string): FaultRule | undefined;
}

/** An empty table. `now` is in milliseconds since the epoch. */
export function createFaultTable(now: () => number): FaultSource {
  let entries: { readonly rule: FaultRule; left: number; readonly until: number }[] = [];
  const dropExpired = (): void => {
    entries = entries.filter(({ until }) => until > now());
  };
  return {
    add(rule) {
      const entry = {
        rule,
        left: rule.times ?? Number.POSITIVE_INFINITY,
        until: now() + (rule.forMs ?? Number.POSITIVE_INFINITY),
      };
      entries.push(entry);
      return () => {
        entries = entries.filter((other) => other !== entry);
      };
    },
    clear() {
      entries = [];
    },
    rules() {
      dropExpired();
      return entries.map((entry) => entry.rule);
    },
    take(method, path) {
      dropExpired();
      const entry = entries.find(({ rule }) => (rule.method ?? method) === method && rule.path.test(path));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) entries = entries.filter((other) => other !== entry);
      return entry.rule;
    },
  };
}

/** Lets the rules spoil the requests of an HTTP server. */
export function applyFaults(
  app: FastifyInstance,
  faults: FaultSource,
  serviceOf: (request: FastifyRequest) => ServiceName,
): void {
  const after = new WeakMap<FastifyRequest, FaultRule>();

  /** Sets the answer's head as a rule says, and gives its text. */
  const spoil = (request: FastifyRequest, reply: FastifyReply, rule: FaultRule, status: number): string => {
    const { body = errorBody(serviceOf(request), new ApiError(status, "A fault of the lab's.")) } = rule;
    reply
      .code(status)
      .type(typeof body === "string" ? "text/html" : "application/json")
      .headers(rule.headers ?? {});
    return typeof body === "string" ? body : JSON.stringify(body);
  };

  app.addHook("onRequest", async (request, reply) => {
    const rule = faults.take(request.method, pathOf(request));
    if (rule === undefined) return;
    if (rule.delayMs !== undefined) await delay(rule.delayMs, undefined, { ref: false });
    if (rule.timing === "after") {
      after.set(request, rule);
    } else if (rule.outcome !== undefined) {
      await withhold(request, rule.outcome);
      return reply.hijack();
    } else if (rule.status !== undefined) {
      await reply.send(spoil(request, reply, rule, rule.status));
    }
    return undefined;
  });

  app.addHook("onSend", async (request, reply, payload) => {
    const rule = after.get(request);
    if (rule?.outcome !== undefined) await withhold(request, rule.outcome);
    if (rule?.status === undefined) return payload;
    reply.removeHeader("content-length");
    return spoil(request, reply, rule, rule.status);
  });
}

/** Gives no answer: resolves when the connection is gone, by the caller's doing or by ours. */
async function withhold({ raw: { socket } }: FastifyRequest, outcome: "never" | "reset"): Promise<void> {
  if (socket.destroyed) return;
  const gone = once(socket, "close");
  if (outcome === "reset") socket.resetAndDestroy();
  await gone;
}

/** The path of a request without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? request.url;
}
