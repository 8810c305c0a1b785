/** What Nova's driver would say of an edge pair, and its way to the hypervisor. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { z } from "zod";
import type { PortRequest, PowerEvent, ServerRequest } from "../../lab/openstack/compute/words.ts";
import { nodeAddress, nodeId, nodeMac, nodePortId } from "../host/edgeRegion.ts";

export const NETWORK_ID = "ba5eba11-0000-4000-8000-000000000002";

/** The card of node 1, 2, ... */
export const novaPort = (node: number): PortRequest => ({
  id: nodePortId(node),
  networkId: NETWORK_ID,
  mac: nodeMac(node),
  mtu: 1450,
  external: false,
  addresses: [{ address: nodeAddress(node), prefixLength: 24, gateway: "10.25.0.1" }],
});

/** Node 1, 2, ... with cloud-init's files. */
export function novaServer(
  node: number,
  user: { readonly publicKey?: string; readonly userData?: string } = {},
): ServerRequest {
  const name = `edge-${node}`;
  const keys = user.publicKey === undefined ? {} : { public_keys: { operator: user.publicKey } };
  const files = {
    "openstack/latest/meta_data.json": JSON.stringify({ uuid: nodeId(node), name, hostname: name, ...keys }),
    ...(user.userData === undefined ? {} : { "openstack/latest/user_data": user.userData }),
  };
  const encoded = Object.entries(files).map(([path, text]) => [path, Buffer.from(text).toString("base64")] as const);
  return { hostname: name, imageId: "debian-12", files: Object.fromEntries(encoded), ports: [novaPort(node)] };
}

/** An answer of the hypervisor. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Nova's driver on one compute host. */
export interface NovaDriver {
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Does something with a node that is expected to succeed. */
  server(node: number, method: string, path?: string, body?: unknown): Promise<unknown>;
  /** Defines, plugs and starts a node. */
  boot(node: number, definition: ServerRequest): Promise<void>;
  power(node: number): Promise<unknown>;
}

export function novaDriver(socketPath: string, host: string): NovaDriver {
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await send(socketPath, method, `/hosts/${host}${path}`, text);
    let answer = "";
    for await (const chunk of response.setEncoding("utf8")) answer += String(chunk);
    return { status: response.statusCode ?? 0, body: JSON.parse(answer) };
  };
  const server = async (node: number, method: string, path = "", body?: unknown): Promise<unknown> => {
    const answer = await ask(method, `/servers/${nodeId(node)}${path}`, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    ask,
    server,
    boot: async (node, definition) => {
      await server(node, "PUT", "", definition);
      await server(node, "POST", "/plug");
      await server(node, "POST", "/start");
    },
    power: async (node) => z.object({ power: z.string() }).parse(await server(node, "GET")).power,
  };
}

const powerEvent = z.object({ serverId: z.string(), power: z.enum(["on", "off"]) });

/** The changes of power on a host from now on, as they come; none is missed once it resolves. */
export async function powerEvents(socketPath: string, host: string): Promise<readonly PowerEvent[]> {
  const events: PowerEvent[] = [];
  const stream = (await send(socketPath, "GET", `/hosts/${host}/events`)).setEncoding("utf8");
  // It breaks off with the hypervisor.
  stream.on("error", () => undefined);
  await once(stream, "readable");
  let unread = "";
  stream.on("data", (chunk: string) => {
    const lines = `${unread}${chunk}`.split("\n");
    unread = lines.pop() ?? "";
    for (const line of lines) if (line !== "") events.push(powerEvent.parse(JSON.parse(line)));
  });
  return events;
}

function send(socketPath: string, method: string, path: string, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    request({ socketPath, method, path, headers, agent: false }, resolve).once("error", reject).end(body);
  });
}
