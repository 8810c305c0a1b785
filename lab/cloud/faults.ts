/** A cloud API that misbehaves on demand: rules that replace or delay its answers, for drills and tests. */
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError, errorBody, type ServiceName } from "./errors.ts";

/** One misbehaviour. Without a `status` the answer is only delayed. */
export interface FaultRule {
  /** HTTP method; absent: any. */
  readonly method?: string;
  /** Matched against the path without its query, such as `/network/v2.0/ports`. */
  readonly path: RegExp;
  readonly delayMs?: number;
  readonly status?: number;
  /** Sent as JSON; absent: the service's own shape of an error with this status. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** `instead` (default) of doing it, or `after` it was done: an answer that lies about what happened. */
  readonly timing?: "instead" | "after";
  /** How many requests it spoils before it is spent; absent: all. */
  readonly times?: number;
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

/** An empty table. */
export function createFaultTable(): FaultSource {
  let entries: { readonly rule: FaultRule; left: number }[] = [];
  return {
    add(rule) {
      const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY };
      entries.push(entry);
      return () => {
        entries = entries.filter((other) => other !== entry);
      };
    },
    clear() {
      entries = [];
    },
    rules: () => entries.map((entry) => entry.rule),
    take(method, path) {
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

  const spoiled = (request: FastifyRequest, rule: FaultRule, status: number): string =>
    JSON.stringify(rule.body ?? errorBody(serviceOf(request), new ApiError(status, "A fault of the lab's.")));

  app.addHook("onRequest", async (request, reply) => {
    const rule = faults.take(request.method, pathOf(request));
    if (rule === undefined) return;
    if (rule.delayMs !== undefined) await delay(rule.delayMs, undefined, { ref: false });
    if (rule.timing === "after") after.set(request, rule);
    else if (rule.status !== undefined) {
      await reply
        .code(rule.status)
        .headers(rule.headers ?? {})
        .type("application/json")
        .send(spoiled(request, rule, rule.status));
    }
  });

  app.addHook("onSend", (request, reply, payload, done) => {
    const rule = after.get(request);
    if (rule?.status === undefined) {
      done(null, payload);
      return;
    }
    reply
      .code(rule.status)
      .headers(rule.headers ?? {})
      .type("application/json")
      .removeHeader("content-length");
    done(null, spoiled(request, rule, rule.status));
  });
}

/** The path of a request without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? request.url;
}
