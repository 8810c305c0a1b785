/** A client of the OVH API for tests: signs as OVH's own clients do, or shows a token. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Answer, at, textAt } from "./cloudCaller.ts";
import { type CloudUnderTest, OVH } from "./cloudUnderTest.ts";

/** A signing credential. */
export interface Key {
  readonly applicationKey: string;
  readonly applicationSecret: string;
  readonly consumerKey: string;
}

/** The address of version 1 of the API; other versions beside it. */
export const ovhRoot = (cloud: CloudUnderTest): string => `${new URL(cloud.cloud.authUrl).origin}/ovh`;

/** One request with the headers given and nothing else. */
export async function send(
  cloud: CloudUnderTest,
  method: string,
  path: string,
  headers: Record<string, string>,
  body = "",
): Promise<Answer> {
  const response = await fetch(`${ovhRoot(cloud)}${path}`, { method, headers, ...(body === "" ? {} : { body }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

/** The headers of a signed request. `time` is in seconds since the epoch. */
export function signed(
  cloud: CloudUnderTest,
  key: Key,
  method: string,
  path: string,
  time: number,
  body = "",
): Record<string, string> {
  const { applicationKey, applicationSecret, consumerKey } = key;
  const text = `${applicationSecret}+${consumerKey}+${method}+${ovhRoot(cloud)}${path}+${body}+${time}`;
  return {
    "Content-Type": "application/json",
    "X-Ovh-Application": applicationKey,
    "X-Ovh-Consumer": consumerKey,
    "X-Ovh-Timestamp": String(time),
    "X-Ovh-Signature": `$1$${createHash("sha1").update(text).digest("hex")}`,
  };
}

/** Calls as one caller. Paths begin with /1.0 or /v2. */
export class OvhCaller {
  readonly cloud: CloudUnderTest;
  private readonly headers: (method: string, path: string, body: string) => Record<string, string>;

  private constructor(cloud: CloudUnderTest, headers: OvhCaller["headers"]) {
    this.cloud = cloud;
    this.headers = headers;
  }

  /** Signs with a key, the operator's by default. `clock` is in milliseconds since the epoch. */
  static withKey(cloud: CloudUnderTest, key: Key = OVH.operator, clock: () => number = Date.now): OvhCaller {
    return new OvhCaller(cloud, (method, path, body) =>
      signed(cloud, key, method, path, Math.floor(clock() / 1000), body),
    );
  }

  static withToken(cloud: CloudUnderTest, token: string): OvhCaller {
    return new OvhCaller(cloud, () => ({ Authorization: `Bearer ${token}`, "Content-Type": "application/json" }));
  }

  call(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? "" : JSON.stringify(body);
    return send(this.cloud, method, path, this.headers(method, path, text), text);
  }

  /** A request that must succeed; gives back the answer's body. */
  async done(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.call(method, path, body);
    assert.equal(answer.status, 200, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A request that must be refused; gives back the whole body. */
  async refused(status: number, method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.call(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

/** The path of the project of a cloud. */
export const projectPath = (cloud: CloudUnderTest): string => `/1.0/cloud/project/${cloud.cloud.snapshot().projectId}`;

/** Makes a server with a port on the external network, and waits until it runs. */
export async function publicServer(cloud: CloudUnderTest, name: string): Promise<{ id: string; address: string }> {
  const external = await cloud.done("GET", "/network/v2.0/networks?router:external=true");
  const networkId = textAt(external, "networks", 0, "id");
  const port = at(await cloud.done("POST", "/network/v2.0/ports", { port: { network_id: networkId, name } }), "port");
  const id = await cloud.activeServer({ name, networks: [{ port: textAt(port, "id") }] });
  return { id, address: textAt(port, "fixed_ips", 0, "ip_address") };
}
