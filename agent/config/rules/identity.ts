/** What two places of a configuration can say that is right in each and wrong together. */
import type { VirtualRouterConfig } from "./document.ts";

/** A contradiction, at its later place. */
export interface Contradiction {
  /** From the list of virtual routers on. */
  readonly path: readonly (string | number)[];
  readonly input: unknown;
  readonly message: string;
}

/** Every contradiction within and between the virtual routers of one node, in the order of the document. */
export function contradictions(routers: readonly VirtualRouterConfig[]): Contradiction[] {
  return [...repeatedNames(routers), ...repeatedIds(routers), ...ownAddresses(routers), ...repeatedAddresses(routers)];
}

function repeatedNames(routers: readonly VirtualRouterConfig[]): Contradiction[] {
  return repeats(
    routers.map(({ name }, index) => ({ key: name, path: [index, "name"], input: name })),
    (name, first) => `"${name}" is the name of virtualRouters[${String(first[0])}] already: give each its own`,
  );
}

/** RFC 9568 lets segments share ids; a node does not, so that an id names one thing in its packets, status and log. */
function repeatedIds(routers: readonly VirtualRouterConfig[]): Contradiction[] {
  return repeats(
    routers.map(({ virtualRouterId }, index) => ({
      key: String(virtualRouterId),
      path: [index, "virtualRouterId"],
      input: virtualRouterId,
    })),
    (id, first) => `${id} is the id of "${nameAt(routers, first)}" already: give each virtual router of a node its own`,
  );
}

/** A shared address in two places would be put on, announced and let go by two elections. */
function repeatedAddresses(routers: readonly VirtualRouterConfig[]): Contradiction[] {
  const places = routers.flatMap(({ addresses }, index) =>
    addresses.map((address, position) => ({
      key: withoutPrefix(address),
      path: [index, "addresses", position],
      input: address,
    })),
  );
  return repeats(places, (key, first) => `${key} is an address of "${nameAt(routers, first)}" already: list it once`);
}

/** A node's own address is no peer and no shared address: it would wait for itself, or lose the address as a backup. */
function ownAddresses(routers: readonly VirtualRouterConfig[]): Contradiction[] {
  const own = new Set(routers.map(({ sourceAddress }) => sourceAddress));
  return routers.flatMap(({ peers, addresses }, index): Contradiction[] => {
    const shared = new Set(addresses.map(withoutPrefix));
    return [
      ...peers.flatMap((peer, position): Contradiction[] => {
        const at = { path: [index, "peers", position], input: peer };
        if (own.has(peer))
          return [{ ...at, message: `${peer} is this node's own address: list the other members only` }];
        if (shared.has(peer)) return [{ ...at, message: `${peer} is a shared address: write the member's own` }];
        if (peers.indexOf(peer) < position) return [{ ...at, message: `${peer} is a peer already: list it once` }];
        return [];
      }),
      ...addresses.flatMap((address, position): Contradiction[] => {
        if (!own.has(withoutPrefix(address))) return [];
        const message = `${address} is this node's own address, which it must keep as a backup: take another as the shared one`;
        return [{ path: [index, "addresses", position], input: address, message }];
      }),
    ];
  });
}

/** One contradiction for each place whose key an earlier place has. */
function repeats(
  places: readonly { readonly key: string; readonly path: readonly (string | number)[]; readonly input: unknown }[],
  message: (key: string, first: readonly (string | number)[]) => string,
): Contradiction[] {
  const firsts = new Map<string, readonly (string | number)[]>();
  return places.flatMap(({ key, path, input }): Contradiction[] => {
    const first = firsts.get(key);
    if (first !== undefined) return [{ path, input, message: message(key, first) }];
    firsts.set(key, path);
    return [];
  });
}

function nameAt(routers: readonly VirtualRouterConfig[], [index]: readonly (string | number)[]): string {
  return routers[Number(index)]?.name ?? "";
}

function withoutPrefix(address: string): string {
  return address.replace(/\/.*$/, "");
}
