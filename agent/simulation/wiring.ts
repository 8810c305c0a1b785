/** The interfaces that configurations ask for, and which of them are on one segment: those on which one virtual router is. */
import type { AgentConfig, VirtualRouterConfig } from "../config/schema/document.ts";
import type { Link } from "../interfaces/kernel.ts";
import { familyOf } from "../protocol/packet/ip.ts";

/** An interface of a node, and the number of its segment. */
export interface WiredLink {
  readonly link: Link;
  readonly segment: number;
}

/** Of the own addresses; nothing depends on it. */
const PREFIX_LENGTH = { 4: 24, 6: 64 } as const;
const FIRST_INDEX = 2;

/** An interface as configurations tell of it. */
interface Place {
  readonly node: number;
  readonly name: string;
  readonly sources: readonly string[];
  /** What is alike on all nodes of a virtual router. */
  readonly identities: readonly string[];
}

/** The links of each node, in the order of the configurations. */
export function wire(configs: readonly AgentConfig[]): readonly (readonly WiredLink[])[] {
  const places = configs.flatMap((config, node) => placesOf(config, node));
  const segments = segmentsOf(places);
  return configs.map((_, node) =>
    places.flatMap((place, index): WiredLink[] => {
      if (place.node !== node) return [];
      const position = places.slice(0, index).filter((other) => other.node === node).length;
      return [{ link: linkOf(place, FIRST_INDEX + position), segment: segments[index] ?? index }];
    }),
  );
}

/** The interfaces that advertise, then those that only hold addresses. */
function placesOf({ virtualRouters }: AgentConfig, node: number): Place[] {
  const nameOf = (router: VirtualRouterConfig): string => interfaceNameOf(router, virtualRouters);
  const advertising = [...new Set(virtualRouters.map(nameOf))];
  const holding = virtualRouters.flatMap(({ addresses }) => addresses.flatMap((shared) => shared.interface ?? []));
  return [...new Set([...advertising, ...holding])].map((name) => {
    const routers = virtualRouters.filter((router) => nameOf(router) === name);
    return {
      node,
      name,
      sources: [...new Set(routers.map(({ sourceAddress }) => sourceAddress))],
      identities: routers.map(identityOf),
    };
  });
}

/** An own address is on one interface, which one virtual router may name for all. */
function interfaceNameOf(router: VirtualRouterConfig, routers: readonly VirtualRouterConfig[]): string {
  const { sourceAddress } = router;
  const named = routers.find((other) => other.sourceAddress === sourceAddress && other.interface !== undefined);
  return router.interface ?? named?.interface ?? `interface of ${sourceAddress}`;
}

function identityOf({ protocol, virtualRouterId, addresses }: VirtualRouterConfig): string {
  return `${protocol} ${virtualRouterId} ${addresses[0]?.address ?? ""}`;
}

/** A number for each place: the first place that is on the same segment. */
function segmentsOf(places: readonly Place[]): number[] {
  const segments = places.map((_, index) => index);
  for (const [index, { identities }] of places.entries()) {
    for (const [other, place] of places.slice(0, index).entries()) {
      if (!identities.some((identity) => place.identities.includes(identity))) continue;
      const [from, to] = [segments[index] ?? index, segments[other] ?? other];
      for (const [each, segment] of segments.entries()) if (segment === from) segments[each] = to;
    }
  }
  return segments;
}

function linkOf({ node, name, sources }: Place, index: number): Link {
  const addresses = sources.map((address) => ({ address, prefixLength: PREFIX_LENGTH[familyOf(address)], origin: 0 }));
  return { index, name, mac: `02:00:00:00:${octet(node)}:${octet(index)}`, running: true, addresses };
}

function octet(value: number): string {
  return (value & 0xff).toString(16).padStart(2, "0");
}
