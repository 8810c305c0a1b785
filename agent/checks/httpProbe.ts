/** Looks at a URL: its status, and where it is asked for, a text in its body. */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { CheckResult } from "../health/verdict.ts";
import { failed, good } from "./probe.ts";

/** Whoever looks for a text in more than that looks at the wrong page. */
const MAX_BODY_BYTES = 64 * 1024;
const SUCCESS = { from: 200, to: 299 } as const;

export interface HttpWish {
  readonly http: string;
  /** Good statuses. Undefined: 200 to 299. */
  readonly status?: readonly number[] | undefined;
  /** Text that the body must have. Undefined: the body is not read. */
  readonly contains?: string | undefined;
}

/** Asks once, on a connection of its own, and follows no redirect. Rejects with what the network said. */
export async function probeUrl(wish: HttpWish, signal: AbortSignal): Promise<CheckResult> {
  const response = await responseOf(wish.http, signal);
  try {
    const status = response.statusCode ?? 0;
    if (!isWanted(status, wish.status)) return failed(`answered with status ${status}`);
    const { contains } = wish;
    if (contains === undefined) return good(`answered with status ${status}`);
    const body = await beginningOf(response);
    if (body.includes(contains)) return good(`answered with status ${status} and the text`);
    // The text may be a secret, and verdicts are logged.
    return failed(`answered with status ${status} and without the text that it must contain`);
  } finally {
    response.destroy();
  }
}

function responseOf(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request(url, { signal, agent: false, headers: { "user-agent": "failover-agent" } }, (response) => {
      // What happens to a body that nobody waits for any more is nobody's error.
      response.on("error", () => undefined);
      resolve(response);
    });
    asked.on("error", reject);
    asked.end();
  });
}

function isWanted(status: number, wanted: readonly number[] | undefined): boolean {
  return wanted === undefined ? status >= SUCCESS.from && status <= SUCCESS.to : wanted.includes(status);
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString("utf8");
}
