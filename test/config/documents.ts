/** Documents of a node as text, and what is wrong with them. */
import assert from "node:assert/strict";
import { parseAgentConfig } from "../../agent/config/parse.ts";
import type { AgentConfig } from "../../agent/config/schema/document.ts";

/** VRRP router `web`. */
export const WEB = {
  name: "web",
  protocol: "vrrp",
  virtualRouterId: 10,
  priority: 200,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12"],
  addresses: ["10.25.0.10/32"],
};
/** VRRP router `api`, which may stand beside it. */
export const API = { ...WEB, name: "api", virtualRouterId: 11, addresses: ["10.25.0.20/32"] };
/** The same as WEB over IPv6. */
export const WEB6 = {
  ...WEB,
  interface: "eth0",
  sourceAddress: "fe80::11",
  peers: ["fe80::12"],
  addresses: ["fe80::10/64", "2001:db8::10/64"],
};
/** CARP host `mail`. */
export const MAIL = {
  name: "mail",
  protocol: "carp",
  virtualRouterId: 12,
  password: "open sesame",
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12"],
  addresses: ["10.25.0.30/32"],
};
export const KEY = "0123456789abcdef".repeat(4);
export const AUTHENTICATION = { mode: "enforce", keys: [{ id: 1, secret: KEY }], active: 1 };
export const PEER_LINK = { listen: ["10.25.0.11"], key: KEY, peers: [{ node: "edge-2", paths: ["10.25.0.12"] }] };

/** A document of edge-1 with these virtual routers and whatever else. */
export function textOf(virtualRouters: readonly object[], more: object = {}): string {
  return JSON.stringify({ version: 1, node: "edge-1", virtualRouters, ...more });
}

export function problemsOf(text: string): readonly string[] {
  const parsed = parseAgentConfig(text);
  return parsed.ok ? [] : parsed.problems;
}

export function configFrom(text: string): AgentConfig {
  const parsed = parseAgentConfig(text);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.problems.join("\n"));
  return parsed.config;
}
