/** Calls to OVH's API: signed by OVH's clock, or with a service account's token; both are renewed when they are refused. */
import * as z from "zod";
import type { OvhAccess } from "../config/schema/document.ts";
import { failureFor, isSuccess, jsonOf, parsed, tokenText } from "./answer.ts";
import { ApiFailure } from "./apiFailure.ts";
import { type Answer, JsonClient } from "./jsonClient.ts";
import { signedHeaders } from "./ovhSignature.ts";
import { RequestBudget } from "./requestBudget.ts";
import { usableMs } from "./tokenLife.ts";

/** OVH means a credential to make 60 requests a minute; the nodes of a pair share one. */
const REQUESTS_PER_MINUTE = 30;
/** The machine's clock may drift: the difference is measured again so often. */
const CLOCK_MS = 3_600_000;
const MS_PER_SECOND = 1_000;
/** What OVH says of a request whose time is not its own; a wrong secret shows as the first, too. */
const CLOCK_CODES: readonly string[] = ["INVALID_SIGNATURE", "QUERY_TIME_OUT"];

/** Both shapes of OVH's errors. */
const problem = z.object({
  message: z.string().default("no reason given"),
  errorCode: z.string().optional(),
  class: z.string().optional(),
  details: z.object({ unauthorizedActionsByIAM: z.string().optional() }).optional(),
});
const tokenAnswer = z.object({ access_token: tokenText, expires_in: z.number() });
/** OVH's clock, seconds since 1970: from 2020 to 2100, what else could come of it is no signature. */
const clockAnswer = z.int().min(1_577_836_800).max(4_102_444_800);

/** An unsent request, without what proves who sends it. */
export interface OvhCall {
  readonly method: "GET" | "POST";
  /** Below the endpoint, `/cloud/project/...`. */
  readonly path: string;
  readonly body?: unknown;
}

export class OvhSession {
  readonly #access: OvhAccess;
  readonly #client: JsonClient;
  readonly #budget = new RequestBudget(REQUESTS_PER_MINUTE);
  readonly #wallClockMs: () => number;
  /** OVH's clock less this machine's, and when that was measured. */
  #clock: { readonly aheadMs: number; readonly atMs: number } | undefined;
  #token: { readonly text: string; readonly untilMs: number } | undefined;

  constructor(access: OvhAccess, wallClockMs: () => number = Date.now) {
    this.#access = access;
    this.#client = new JsonClient(access);
    this.#wallClockMs = wallClockMs;
  }

  get requests(): number {
    return this.#client.requests;
  }

  close(): void {
    this.#client.close();
  }

  /**
   * The answer's body. A refusal that a fresh look at the clock or a fresh token can mend is mended once.
   * @throws ApiFailure
   */
  async call(call: OvhCall, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#attempt(call, signal);
    if (isSuccess(answer)) return jsonOf(answer);
    const failure = problemOf(answer);
    if (!this.#mayMend(failure)) throw failure;
    const second = await this.#attempt(call, signal);
    if (isSuccess(second)) return jsonOf(second);
    throw problemOf(second);
  }

  async #attempt({ method, path, body }: OvhCall, signal: AbortSignal): Promise<Answer> {
    const url = `${this.#access.endpoint}${path}`;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const proof = await this.#proof(method, url, text ?? "", signal);
    const headers = { "content-type": "application/json", ...proof };
    return await this.#send({ method, url, headers, ...(text === undefined ? {} : { body: text }) }, signal);
  }

  #send(request: Parameters<JsonClient["send"]>[0], signal: AbortSignal): Promise<Answer> {
    const waitMs = this.#budget.take(performance.now());
    if (waitMs === 0) return this.#client.send(request, signal);
    const retryAfterMicros = Math.ceil(waitMs) * 1_000;
    return Promise.reject(
      new ApiFailure("busy", `${REQUESTS_PER_MINUTE} requests were made in the last minute`, { retryAfterMicros }),
    );
  }

  async #proof(method: string, url: string, body: string, signal: AbortSignal): Promise<Record<string, string>> {
    const { credentials } = this.#access;
    if ("clientId" in credentials) return { authorization: `Bearer ${await this.#freshToken(signal)}` };
    const aheadMs = await this.#clockAhead(signal);
    const timestamp = Math.floor((this.#wallClockMs() + aheadMs) / MS_PER_SECOND);
    return signedHeaders(credentials, { method, url, body, timestamp });
  }

  async #clockAhead(signal: AbortSignal): Promise<number> {
    const known = this.#clock;
    // A clock that was set meanwhile shows as a refusal, and is measured then.
    if (known !== undefined && performance.now() - known.atMs < CLOCK_MS) return known.aheadMs;
    const answer = await this.#send({ method: "GET", url: `${this.#access.endpoint}/auth/time` }, signal);
    if (!isSuccess(answer)) throw failureFor(answer, "no time from /auth/time");
    const seconds = parsed(clockAnswer, jsonOf(answer));
    this.#clock = { aheadMs: seconds * MS_PER_SECOND - this.#wallClockMs(), atMs: performance.now() };
    return this.#clock.aheadMs;
  }

  async #freshToken(signal: AbortSignal): Promise<string> {
    const { credentials } = this.#access;
    if (!("clientId" in credentials)) throw new TypeError("signed requests have no token");
    if (this.#token !== undefined && performance.now() < this.#token.untilMs) return this.#token.text;
    const { clientId, clientSecret, tokenUrl } = credentials;
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope: "all" };
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(form).toString();
    const answer = await this.#send({ method: "POST", url: tokenUrl, headers, body }, signal);
    if (!isSuccess(answer)) throw failureFor(answer, "no token for this service account");
    const { access_token: text, expires_in: seconds } = parsed(tokenAnswer, jsonOf(answer));
    this.#token = { text, untilMs: performance.now() + usableMs(seconds * MS_PER_SECOND) };
    return text;
  }

  /** Forgets what may have been why: then a second attempt is worth it. */
  #mayMend({ status, code }: ApiFailure): boolean {
    if ("clientId" in this.#access.credentials) {
      this.#token = undefined;
      return status === 401;
    }
    const isOfClock = code !== undefined && CLOCK_CODES.includes(code);
    if (isOfClock) this.#clock = undefined;
    return isOfClock;
  }
}

/** OVH says these with 400, like a move that is not possible yet, and they are no such thing. */
function problemOf(answer: Answer): ApiFailure {
  const said = problem.safeParse(jsonOf(answer));
  const { message, errorCode, class: name, details } = said.success ? said.data : { message: "no reason given" };
  const code = errorCode ?? name;
  const action = details?.unauthorizedActionsByIAM;
  const words = [message, code === undefined ? "" : `(${code})`, action === undefined ? "" : `lacks ${action}`];
  const failure = failureFor(answer, words.filter((word) => word !== "").join(" "), code);
  if (code === undefined || !CLOCK_CODES.includes(code)) return failure;
  return new ApiFailure("refused", failure.message, failure);
}
