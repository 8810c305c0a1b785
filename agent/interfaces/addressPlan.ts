/**
 * The claim on the addresses themselves: what has to change on the interfaces so that this machine holds exactly the
 * virtual addresses it should.
 *
 * It is one level-triggered plan for acquiring, releasing, verifying and clearing up after an earlier life: it looks at
 * what is there, never at what was done. An address without the agent's mark belongs to somebody else: it is never
 * removed, and its lifetime and mark stay as they are.
 */

import { familyOf } from "../protocol/packet/ip.ts";
import type { Link, LinkAddress } from "./kernel.ts";

/** The mark (IFA_PROTO) on every address the agent sets, by which a later life knows its leftovers: VRRP's protocol number. */
export const ORIGIN_AGENT = 112;

/** An address on an interface. */
export interface Place {
  readonly linkIndex: number;
  readonly address: string;
  readonly prefixLength: number;
}

/** An address that is on an interface. */
export interface PlacedAddress extends LinkAddress {
  readonly link: Link;
}

/** An address that has to be on an interface. */
export interface WantedAddress extends Place {
  /** How long the kernel keeps it unless it is told again, see lease.ts; undefined: forever. */
  readonly lifetimeSeconds: number | undefined;
}

/** One change to make; `renew` adds what is there, for another lifetime. */
export interface AddressChange {
  /** Of an addition: the agent set it before, and somebody removed it since. */
  readonly isRepair?: boolean;
  readonly kind: "add" | "renew" | "remove";
  readonly linkIndex: number;
  readonly linkName: string;
  readonly address: LinkAddress;
}

/** `10.25.0.10/32` or `2001:db8::10/128` in its parts. */
export function parseAddress(text: string): { readonly address: string; readonly prefixLength: number } {
  const [address = "", prefixLength = ""] = text.split("/");
  return { address, prefixLength: Number(prefixLength) };
}

/**
 * The changes that lead from what the interfaces have to what they should have.
 * @param wanted what has to be there; each is on one interface only.
 * @param isDue whether the lease of a wanted address that is there has to be renewed now.
 * @param concerned plans for these addresses alone; undefined: for everything.
 * @returns additions first: an address that moves or changes its prefix length is never missing. Only IPv6 has to lose
 *   it for a moment: an interface cannot have an address twice, whatever the prefix length.
 */
export function planAddresses(
  wanted: readonly WantedAddress[],
  links: readonly Link[],
  isDue: (want: WantedAddress) => boolean = () => false,
  concerned?: ReadonlySet<string>,
): AddressChange[] {
  const settings = wanted.flatMap((want): AddressChange[] => {
    const link = linkAt(want.linkIndex, links);
    const there = link === undefined ? [] : addressesNamed(link, want.address);
    const own = there.find((address) => isOurs(address) && isSame(want, address));
    if (own !== undefined) return isDue(want) ? [setting("renew", want, links)] : [];
    return isHeld(want, links) ? [] : [setting("add", want, links)];
  });
  const places = new Set(wanted.map((want) => placeOf(want.linkIndex, want)));
  const decidedOn = (link: Link): readonly LinkAddress[] => {
    if (concerned === undefined) return link.addresses.filter(isOurs);
    return [...concerned].flatMap((address) => addressesNamed(link, address)).filter(isOurs);
  };
  const removals = links.flatMap((link) =>
    decidedOn(link)
      .filter((address) => !places.has(placeOf(link.index, address)))
      .map((address): AddressChange => ({ kind: "remove", linkIndex: link.index, linkName: link.name, address })),
  );
  const isInTheWay = (removal: AddressChange): boolean =>
    familyOf(removal.address.address) === 6 &&
    settings.some(({ linkIndex, address }) => isAlike(removal, { linkIndex, ...address }));
  const [first, last] = [removals.filter(isInTheWay), removals.filter((removal) => !isInTheWay(removal))];
  return [...first, ...settings, ...last];
}

/** Whether the agent set it, in this life or an earlier one. */
export function isOurs({ origin }: LinkAddress): boolean {
  return origin === ORIGIN_AGENT;
}

/** Every address of the machine that somebody else set, with its interface. */
export function foreignAddresses(links: readonly Link[]): ReadonlyMap<string, readonly PlacedAddress[]> {
  const foreign = new Map<string, PlacedAddress[]>();
  for (const link of links) {
    for (const there of link.addresses) {
      if (isOurs(there)) continue;
      const placed = { link, ...there };
      const known = foreign.get(there.address);
      if (known === undefined) foreign.set(there.address, [placed]);
      else known.push(placed);
    }
  }
  return foreign;
}

function placeOf(linkIndex: number, { address, prefixLength }: Pick<LinkAddress, "address" | "prefixLength">): string {
  return `${address}/${prefixLength} on ${linkIndex}`;
}

function setting(
  kind: "add" | "renew",
  { linkIndex, address, prefixLength, lifetimeSeconds }: WantedAddress,
  links: readonly Link[],
): AddressChange {
  const linkName = links.find(({ index }) => index === linkIndex)?.name ?? `interface ${linkIndex}`;
  const lifetime = lifetimeSeconds === undefined ? {} : { lifetimeSeconds };
  return { kind, linkIndex, linkName, address: { address, prefixLength, origin: ORIGIN_AGENT, ...lifetime } };
}

/** Whether the address is where it should be. It is so, too, where somebody else set it with whatever prefix length. */
export function isHeld(want: Place, links: readonly Link[]): boolean {
  const link = linkAt(want.linkIndex, links);
  if (link === undefined) return false;
  return addressesNamed(link, want.address).some((there) => isSame(want, there) || !isOurs(there));
}

function linkAt(linkIndex: number, links: readonly Link[]): Link | undefined {
  return links.find(({ index }) => index === linkIndex);
}

function isAlike({ linkIndex, address }: AddressChange, place: Place): boolean {
  return linkIndex === place.linkIndex && address.address === place.address;
}

function isSame(want: Place, there: LinkAddress): boolean {
  return want.address === there.address && want.prefixLength === there.prefixLength;
}

/** So many are looked through as fast as an index is found. */
const FEW = 16;
/** What was looked up in an interface's addresses once; they are other ones when anything about them changed. */
const indexes = new WeakMap<readonly LinkAddress[], ReadonlyMap<string, readonly LinkAddress[]>>();
const NONE: readonly LinkAddress[] = [];

/** Where an interface has an address: nowhere, once, or with several prefix lengths. */
export function addressesNamed({ addresses }: Pick<Link, "addresses">, address: string): readonly LinkAddress[] {
  if (addresses.length <= FEW) return addresses.filter((there) => there.address === address);
  const index = indexes.get(addresses) ?? indexOf(addresses);
  return index.get(address) ?? NONE;
}

function indexOf(addresses: readonly LinkAddress[]): ReadonlyMap<string, readonly LinkAddress[]> {
  const index = new Map<string, readonly LinkAddress[]>();
  for (const there of addresses) index.set(there.address, [...(index.get(there.address) ?? NONE), there]);
  indexes.set(addresses, index);
  return index;
}
