/** The lab's own operator: logs in to its cloud and calls its APIs over HTTP, as anybody would. */
import { z } from "zod";
import { REGION } from "./settings.ts";

const tokenAnswer = z.object({ token: z.object({ user: z.object({ id: z.string() }) }) });

/** A session with the cloud. */
export interface Operator {
  /** Who is logged in, as Keystone knows it. */
  readonly userId: string;
  /** Calls e.g. `POST compute/v2.1/servers/ID/action`; returns the JSON answered, undefined for none. @throws with the answer's text */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** Logs in with the lab's password. */
export async function logIn(apiPort: number, password: string): Promise<Operator> {
  const base = `http://127.0.0.1:${apiPort}`;
  const domain = { name: "Default" };
  const user = { name: REGION.userName, domain, password };
  const scope = { project: { name: REGION.projectName, domain } };
  const auth = { identity: { methods: ["password"], password: { user } }, scope };
  const response = await send(base, "POST", "identity/v3/auth/tokens", {}, { auth });
  const token = response.headers.get("x-subject-token");
  if (token === null) throw new Error("the lab's cloud gave no token");
  const { user: loggedIn } = tokenAnswer.parse(await response.json()).token;
  return {
    userId: loggedIn.id,
    async call(method, path, body) {
      const answer = await (await send(base, method, path, { "x-auth-token": token }, body)).text();
      return answer === "" ? undefined : (JSON.parse(answer) as unknown);
    },
  };
}

async function send(
  base: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Response> {
  const response = await fetch(`${base}/${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}
