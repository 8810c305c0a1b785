/** Calls to Neutron with the token of an application credential (Keystone v3), renewed before its end and when it is refused. */
import * as z from "zod";
import { isReadableOnTheWay, PLAIN_HTTP_REMEDY } from "../config/fields/plainHttp.ts";
import type { OpenstackAccess } from "../config/schema/document.ts";
import { failureFor, isSuccess, jsonOf, parsed, tokenText } from "./answer.ts";
import { ApiFailure } from "./apiFailure.ts";
import { type Answer, JsonClient } from "./jsonClient.ts";
import { usableMs } from "./tokenLife.ts";

const endpoint = z.object({ interface: z.string(), region: z.string().nullish(), url: z.string() });
const tokenAnswer = z.object({
  token: z.object({
    expires_at: z.iso.datetime({ offset: true }),
    issued_at: z.iso.datetime({ offset: true }),
    catalog: z.array(z.object({ type: z.string(), endpoints: z.array(endpoint) })),
  }),
});
/** Keystone's and Neutron's shapes of an error. */
const problem = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ NeutronError: z.object({ message: z.string() }) }).transform(({ NeutronError }) => NeutronError.message),
]);

interface Token {
  readonly text: string;
  /** Neutron's address, without its version. */
  readonly network: string;
  readonly untilMs: number;
}

/** An unsent request to Neutron. */
export interface NeutronCall {
  readonly method: "GET" | "PUT";
  /** From the version on, `/v2.0/...`. */
  readonly path: string;
  readonly body?: unknown;
}

export class OpenstackSession {
  readonly #access: OpenstackAccess;
  readonly #client: JsonClient;
  #token: Token | undefined;

  constructor(access: OpenstackAccess) {
    this.#access = access;
    this.#client = new JsonClient(access);
  }

  get requests(): number {
    return this.#client.requests;
  }

  close(): void {
    this.#client.close();
  }

  /** The answer's body; a token that is refused is renewed once. @throws ApiFailure */
  async call(call: NeutronCall, signal: AbortSignal): Promise<unknown> {
    let answer = await this.#attempt(call, signal);
    if (answer.status === 401) {
      this.#token = undefined;
      answer = await this.#attempt(call, signal);
    }
    const asked = `${call.method} ${call.path.replace(/\?.*/, "")}`;
    switch (answer.status) {
      // As keystonemiddleware has it (auth_token, validate_allowed_request): no access rule matches.
      case 401:
        throw failureFor(answer, `a fresh token may not ${asked}: add that to the credential's access rules`);
      case 403:
        throw failureFor(answer, `the application credential's role may not ${asked}`);
      default:
        return bodyOf(answer);
    }
  }

  async #attempt({ method, path, body }: NeutronCall, signal: AbortSignal): Promise<Answer> {
    const { text, network } = await this.#freshToken(signal);
    const headers = { "content-type": "application/json", "x-auth-token": text };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return await this.#client.send({ method, url: `${network}${path}`, headers, ...content }, signal);
  }

  async #freshToken(signal: AbortSignal): Promise<Token> {
    if (this.#token !== undefined && performance.now() < this.#token.untilMs) return this.#token;
    const { authUrl, applicationCredential } = this.#access;
    const identity = { methods: ["application_credential"], application_credential: applicationCredential };
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ auth: { identity } });
    const answer = await this.#client.send({ method: "POST", url: `${authUrl}/auth/tokens`, headers, body }, signal);
    if (answer.status === 401)
      throw failureFor(answer, "Keystone does not know this application credential, or its end has come");
    const { token } = parsed(tokenAnswer, bodyOf(answer));
    const text = parsed(tokenText, answer.headers["x-subject-token"]);
    // By the cloud's clock alone: this machine's may be wrong.
    const untilMs = performance.now() + usableMs(Date.parse(token.expires_at) - Date.parse(token.issued_at));
    this.#token = { text, network: this.#networkIn(token.catalog), untilMs };
    return this.#token;
  }

  #networkIn(catalog: z.output<typeof tokenAnswer>["token"]["catalog"]): string {
    const { region, allowPlainHttp = false } = this.#access;
    const found = catalog
      .filter(({ type }) => type === "network")
      .flatMap(({ endpoints }) => endpoints)
      .find((one) => one.interface === "public" && one.region === region);
    if (found === undefined) {
      throw new ApiFailure("missing", `the catalog has no public network service in region ${region}`);
    }
    if (!allowPlainHttp && isReadableOnTheWay(found.url)) {
      throw new ApiFailure("refused", `the catalog leads to ${found.url.slice(0, 80)}: ${PLAIN_HTTP_REMEDY}`);
    }
    return found.url.replace(/\/$/, "").replace(/\/v2\.0$/, "");
  }
}

function bodyOf(answer: Answer): unknown {
  if (isSuccess(answer)) return jsonOf(answer);
  const said = problem.safeParse(jsonOf(answer));
  throw failureFor(answer, said.success ? said.data : "no reason given");
}
