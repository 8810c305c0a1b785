/** Calls the services' APIs as their operator, straight at their sockets: before the gateway has anything to lead to. */
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { type ApiName, directUrl, type Places } from "./settings/places.ts";
import type { Secrets } from "./settings/secrets.ts";

/** Answers come from this machine: who takes longer hangs. */
const TIMEOUT_MS = 60_000;
/** A service that starts accepts before it answers. */
const PROBE_TIMEOUT_MS = 5000;

export interface ApiRequest {
  readonly method: string;
  /** With a slash at the front. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** The operator, logged in. */
export interface ApiClient {
  /** The JSON answered, undefined for none. @throws Error with the answer, unless its status is among those accepted too */
  call(api: ApiName, method: string, path: string, body?: unknown): Promise<unknown>;
  /** Whether there is something at a path. */
  exists(api: ApiName, path: string): Promise<boolean>;
  upload(api: ApiName, path: string, bytes: Uint8Array): Promise<void>;
}

/** Who logs in, and to which project, all of the domain `Default`. */
export interface Login {
  readonly userName: string;
  readonly password: string;
  readonly projectName: string;
}

export const adminLogin = ({ admin }: Secrets): Login => ({
  userName: "admin",
  password: admin,
  projectName: "admin",
});

/** Asks one thing of a service. */
export function ask(places: Places, api: ApiName, what: ApiRequest): Promise<ApiAnswer> {
  const { method, path, headers = {}, body, timeoutMs = TIMEOUT_MS } = what;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const asked = request(
      {
        socketPath: places.socket(api),
        method,
        path,
        headers: { host: new URL(directUrl(api)).host, ...headers, ...length },
        agent: false,
        timeout: timeoutMs,
      },
      (answer) => {
        text(answer).then(
          (said) => {
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: said });
          },
          (error: unknown) => {
            reject(new Error(`${method} ${api}${path}: the answer broke off`, { cause: error }));
          },
        );
      },
    );
    asked.once("timeout", () => {
      asked.destroy(new Error(`${method} ${api}${path}: no answer in ${timeoutMs / 1000} s`));
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

/** Whether a service answers at all, and not with a failure of its own. */
export async function answers(places: Places, api: ApiName): Promise<boolean> {
  try {
    return (await ask(places, api, { method: "GET", path: "/", timeoutMs: PROBE_TIMEOUT_MS })).status < 500;
  } catch {
    return false;
  }
}

/** The token of a login; undefined when Keystone knows no such user, password or project. */
export async function tokenFor(places: Places, login: Login): Promise<string | undefined> {
  const { userName, password, projectName } = login;
  const domain = { name: "Default" };
  const user = { name: userName, domain, password };
  const scope = { project: { name: projectName, domain } };
  const auth = { identity: { methods: ["password"], password: { user } }, scope };
  const answer = await ask(places, "identity", {
    method: "POST",
    path: "/v3/auth/tokens",
    headers: JSON_TYPE,
    body: JSON.stringify({ auth }),
  });
  if (answer.status === 401) return undefined;
  const token = answer.headers["x-subject-token"];
  if (answer.status !== 201 || typeof token !== "string") {
    throw new Error(`Keystone gave ${userName} no token: ${answer.status} ${answer.text}`);
  }
  return token;
}

/** Logs in. @throws Error when Keystone refuses */
export async function openApiClient(places: Places, login: Login): Promise<ApiClient> {
  const token = await tokenFor(places, login);
  if (token === undefined) throw new Error(`Keystone does not know its user ${login.userName} by the password kept`);
  const authorized = { "x-auth-token": token };
  const send = async (api: ApiName, what: ApiRequest, accept: readonly number[] = []): Promise<ApiAnswer> => {
    const answer = await ask(places, api, { ...what, headers: { ...authorized, ...what.headers } });
    if (answer.status >= 400 && !accept.includes(answer.status)) {
      throw new Error(`${what.method} ${api}${what.path}: ${answer.status} ${answer.text}`);
    }
    return answer;
  };
  return {
    call: async (api, method, path, body) => {
      const written = body === undefined ? {} : { headers: JSON_TYPE, body: JSON.stringify(body) };
      const answer = await send(api, { method, path, ...written });
      return answer.text === "" ? undefined : (JSON.parse(answer.text) as unknown);
    },
    exists: async (api, path) => (await send(api, { method: "GET", path }, [404])).status !== 404,
    upload: async (api, path, bytes) => {
      await send(api, { method: "PUT", path, headers: { "content-type": "application/octet-stream" }, body: bytes });
    },
  };
}

const JSON_TYPE = { "content-type": "application/json" } as const;
