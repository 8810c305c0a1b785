/** Where in the stack stands what a node's document has at a place: the operator never sees the document. */
import type { AgentConfigInput } from "../../agent/config/schema/document.ts";
import { type KeyPath, keyName, pathOf } from "../schema/explain.ts";

/** Parts of a document that stand in the stack under the same name. */
const SAME: ReadonlySet<string> = new Set(["states", "metrics", "logFacility", "ovh", "openstack", "peerLink"]);
/** Parts of the peer link that follow from the nodes. */
const OF_NODES: ReadonlySet<string> = new Set(["listen", "peers"]);

/** A virtual router's parts that are another key of the VIP, or another section altogether. */
const OF_VIP: Readonly<Record<string, (vip: string, node: string) => KeyPath>> = {
  priority: (vip) => ["vips", vip, "priorities"],
  advertisementSkew: (vip) => ["vips", vip, "skews"],
  password: (vip) => ["vips", vip, "authentication"],
  publicAddresses: (vip) => ["vips", vip, "public"],
  peers: () => ["nodes"],
  sourceAddress: (_, node) => ["nodes", node, "address"],
  name: (vip) => ["vips", vip],
};

/** The key of the stack that a place of a node's document comes from. */
export function stackKeyOf(document: AgentConfigInput, path: readonly PropertyKey[]): string {
  return keyName(stackPathOf(document, pathOf(path)));
}

function stackPathOf(document: AgentConfigInput, [section = "", at = "", ...rest]: KeyPath): KeyPath {
  const { node, virtualRouters, syncGroups = [] } = document;
  switch (section) {
    case "virtualRouters": {
      const vip = virtualRouters[Number(at)]?.name;
      return vip === undefined ? ["vips"] : vipPath(vip, node, rest);
    }
    case "checks":
      return checkPath(document, String(at), rest);
    case "syncGroups":
      return ["syncGroups", syncGroups[Number(at)]?.name ?? "", ...rest.slice(1)];
    case "peerLink":
      if (at === "key") return ["ssh", "hostKeySeed"];
      return OF_NODES.has(String(at)) ? ["nodes"] : ["peerLink", at, ...rest];
    case "node":
      return ["nodes", node];
    default:
      return SAME.has(String(section)) ? [section, ...(at === "" ? [] : [at]), ...rest] : ["vips"];
  }
}

function vipPath(vip: string, node: string, [key = "", ...rest]: KeyPath): KeyPath {
  if (key === "addresses") {
    // The shared address first, then the aliases as they are listed, then what the public address adds.
    const position = Number(rest[0] ?? 0);
    return position === 0 ? ["vips", vip, "address"] : ["vips", vip, "alias", position - 1];
  }
  if (key === "track") {
    const [check = "", ...more] = rest;
    return ["vips", vip, "track", String(check).replace(`${vip}.`, ""), ...more];
  }
  const other = Object.hasOwn(OF_VIP, key) ? OF_VIP[key] : undefined;
  return other?.(vip, node) ?? ["vips", vip, ...(key === "" ? [] : [key]), ...rest];
}

/** A VIP's own check is called after it. */
function checkPath({ virtualRouters }: AgentConfigInput, check: string, rest: KeyPath): KeyPath {
  const owner = virtualRouters.find(({ name }) => check.startsWith(`${name}.`))?.name;
  if (owner === undefined) return ["checks", check, ...rest];
  return ["vips", owner, "track", check.slice(owner.length + 1), ...rest];
}
