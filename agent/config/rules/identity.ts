/** Names, ids and addresses that must be one thing each. */
import { familyOf } from "../../protocol/packet/ip.ts";
import type { VirtualRouterConfig } from "../schema/virtualRouter.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

const AT = "virtualRouters";
type Path = CrossFieldError["path"];

/** Every clash within and between the virtual routers of one node, in the order of the document. */
export function identityErrors(routers: readonly VirtualRouterConfig[]): CrossFieldError[] {
  return [...repeatedNames(routers), ...repeatedIds(routers), ...ownAddresses(routers), ...repeatedAddresses(routers)];
}

function repeatedNames(routers: readonly VirtualRouterConfig[]): CrossFieldError[] {
  return repeats(
    routers.map(({ name }, index) => ({ key: name, path: [AT, index, "name"], input: name })),
    (name, first) => `"${name}" is the name of virtualRouters[${String(first[1])}] already: give each its own`,
  );
}

/**
 * RFC 9568 lets segments share ids, and VRRP and CARP count apart. A node does neither, so that an id names one thing in
 * its packets, virtual MACs, status and log; only the two IP versions of a virtual router may have one in common.
 */
function repeatedIds(routers: readonly VirtualRouterConfig[]): CrossFieldError[] {
  return repeats(
    routers.map(({ virtualRouterId, sourceAddress }, index) => ({
      key: `${virtualRouterId} over IPv${familyOf(sourceAddress)}`,
      path: [AT, index, "virtualRouterId"],
      input: virtualRouterId,
    })),
    (id, first) => `${id} is the id of "${nameAt(routers, first)}" already: give each virtual router of a node its own`,
  );
}

/** A shared address in two places would be put on, announced and let go by two elections. */
function repeatedAddresses(routers: readonly VirtualRouterConfig[]): CrossFieldError[] {
  const places = routers.flatMap(({ addresses }, index) =>
    addresses.map(({ address }, position) => ({
      key: withoutPrefix(address),
      path: [AT, index, "addresses", position],
      input: address,
    })),
  );
  return repeats(places, (key, first) => `${key} is an address of "${nameAt(routers, first)}" already: list it once`);
}

/** A node's own address is no peer and no shared address: it would wait for itself, or lose the address as a backup. */
function ownAddresses(routers: readonly VirtualRouterConfig[]): CrossFieldError[] {
  const own = new Set(routers.map(({ sourceAddress }) => sourceAddress));
  return routers.flatMap(({ peers, addresses }, index): CrossFieldError[] => {
    const shared = new Set(addresses.map(({ address }) => withoutPrefix(address)));
    return [
      ...peers.flatMap((peer, position): CrossFieldError[] => {
        const at = { path: [AT, index, "peers", position], input: peer };
        if (own.has(peer))
          return [{ ...at, message: `${peer} is this node's own address: list the other members only` }];
        if (shared.has(peer)) return [{ ...at, message: `${peer} is a shared address: write the member's own` }];
        if (peers.indexOf(peer) < position) return [{ ...at, message: `${peer} is a peer already: list it once` }];
        return [];
      }),
      ...addresses.flatMap(({ address }, position): CrossFieldError[] => {
        if (!own.has(withoutPrefix(address))) return [];
        const message = `${address} is this node's own address, which it must keep as a backup: take another as the shared one`;
        return [{ path: [AT, index, "addresses", position], input: address, message }];
      }),
    ];
  });
}

/** One contradiction for each place whose key an earlier place has. */
function repeats(
  places: readonly { readonly key: string; readonly path: Path; readonly input: unknown }[],
  message: (key: string, first: Path) => string,
): CrossFieldError[] {
  const firsts = new Map<string, Path>();
  return places.flatMap(({ key, path, input }): CrossFieldError[] => {
    const first = firsts.get(key);
    if (first !== undefined) return [{ path, input, message: message(key, first) }];
    firsts.set(key, path);
    return [];
  });
}

function nameAt(routers: readonly VirtualRouterConfig[], [, index]: Path): string {
  return routers[Number(index)]?.name ?? "";
}

function withoutPrefix(address: string): string {
  return address.replace(/\/.*$/, "");
}
