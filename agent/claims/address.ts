/**
 * The claim on the addresses themselves: what has to change on the interfaces so that this machine holds exactly the
 * virtual addresses it should.
 *
 * It is one level-triggered plan for acquiring, releasing, verifying and clearing up after an earlier life: it looks at
 * what is there, never at what was done. Whoever removes an address of ours or puts one back is corrected the same way.
 */
import type { Link, LinkAddress } from "../node/kernel.ts";

/** The mark (IFA_PROTO) on every address the agent sets, by which a later life knows its leftovers: VRRP's protocol number. */
export const ORIGIN_AGENT = 112;

/** An address on an interface. */
export interface Place {
  readonly linkIndex: number;
  readonly address: string;
  readonly prefixLength: number;
}

/** An address that has to be on an interface. */
export interface WantedAddress extends Place {
  /** How long the kernel keeps it unless it is told again, see lease.ts; undefined: for ever. */
  readonly lifetimeSeconds: number | undefined;
}

/** One change to make; `renew` adds what is there, for another lifetime. */
export interface AddressChange {
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
 * @param managed the addresses that are the agent's to decide on. Any address with its mark is so too, and any other
 *   address of the machine is left alone.
 * @param isDue whether the lease of a wanted address that is there has to be renewed now.
 * @returns additions first: an address that moves or changes its prefix length is never missing.
 */
export function planAddresses(
  wanted: readonly WantedAddress[],
  managed: ReadonlySet<string>,
  links: readonly Link[],
  isDue: (want: WantedAddress) => boolean = () => false,
): AddressChange[] {
  const additions = wanted.flatMap((want): AddressChange[] => {
    const isThere = isHeld(want, links);
    return isThere && !isDue(want) ? [] : [setting(isThere ? "renew" : "add", want, links)];
  });
  const removals = links.flatMap((link) =>
    link.addresses
      .filter(({ address, origin }) => origin === ORIGIN_AGENT || managed.has(address))
      .filter((address) => !wanted.some((want) => want.linkIndex === link.index && isSame(want, address)))
      .map((address): AddressChange => ({ kind: "remove", linkIndex: link.index, linkName: link.name, address })),
  );
  return [...additions, ...removals];
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

/** Whether the address is where it should be. */
export function isHeld(want: Place, links: readonly Link[]): boolean {
  const link = links.find(({ index }) => index === want.linkIndex);
  return link?.addresses.some((address) => isSame(want, address)) ?? false;
}

function isSame(want: Place, there: LinkAddress): boolean {
  return want.address === there.address && want.prefixLength === there.prefixLength;
}
