/** Configurations of nodes `edge-1` and `edge-2`, own addresses 10.25.0.11 and 10.25.0.12, or fe80::11 and fe80::12. */
import { checkedAgentConfig } from "../../agent/config/checkedDocument.ts";
import type { AgentConfig, AgentConfigInput } from "../../agent/config/schema/document.ts";

type Document = AgentConfigInput["virtualRouters"][number];

export type VrrpDocument = Extract<Document, { readonly protocol: "vrrp" }>;
export type CarpDocument = Extract<Document, { readonly protocol: "carp" }>;

/** A configuration of node `edge-N` with one VRRP router `web` unless more are given. */
export function configOf(
  number: number,
  web: Partial<VrrpDocument> = {},
  ...others: readonly Partial<VrrpDocument>[]
): AgentConfig {
  return nodeOf(number, ...[web, ...others].map((changes) => vrrp(number, changes)));
}

/** A configuration of node `edge-N` with these virtual routers. */
export function nodeOf(number: number, ...virtualRouters: readonly Document[]): AgentConfig {
  return nodeWith(number, {}, ...virtualRouters);
}

/** The same with something more in the document. */
export function nodeWith(
  number: number,
  more: Partial<AgentConfigInput>,
  ...virtualRouters: readonly Document[]
): AgentConfig {
  return checkedAgentConfig.parse({ version: 1, node: `edge-${number}`, virtualRouters: [...virtualRouters], ...more });
}

/** VRRP router `web`, id 10, priority 100, address 10.25.0.10. */
export function vrrp(number: number, changes: Partial<VrrpDocument> = {}): VrrpDocument {
  return { name: "web", protocol: "vrrp", virtualRouterId: 10, priority: 100, ...places(number), ...changes };
}

/** The same over IPv6: fe80::10 and 2001:db8:25::10. */
export function vrrp6(number: number, changes: Partial<VrrpDocument> = {}): VrrpDocument {
  return vrrp(number, {
    name: "web6",
    interface: "eth0",
    sourceAddress: `fe80::1${number}`,
    peers: [`fe80::1${3 - number}`],
    addresses: ["fe80::10/128", "2001:db8:25::10/128"],
    ...changes,
  });
}

/** CARP host `web`, id 10, base 1, address 10.25.0.10. */
export function carp(number: number, changes: Partial<CarpDocument> = {}): CarpDocument {
  return { name: "web", protocol: "carp", virtualRouterId: 10, password: "sesame", ...places(number), ...changes };
}

function places(number: number) {
  return {
    sourceAddress: `10.25.0.1${number}`,
    peers: [`10.25.0.1${3 - number}`],
    addresses: ["10.25.0.10/32"],
  };
}
