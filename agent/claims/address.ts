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

/** An address that has to be on an interface. */
export interface WantedAddress {
  readonly linkIndex: number;
  readonly address: string;
  readonly prefixLength: number;
}

/** One change to make. */
export interface AddressChange {
  readonly kind: "add" | "remove";
  readonly linkIndex: number;
  readonly linkName: string;
  readonly address: LinkAddress;
}

/** `10.25.0.10/32` in its parts. */
export function parseAddress(text: string): { readonly address: string; readonly prefixLength: number } {
  const [address = "", prefixLength = "32"] = text.split("/");
  return { address, prefixLength: Number(prefixLength) };
}

/**
 * The changes that lead from what the interfaces have to what they should have.
 * @param wanted what has to be there; each is on one interface only.
 * @param managed the addresses that are the agent's to decide on. Any address with its mark is so too, and any other
 *   address of the machine is left alone.
 * @returns additions first: an address that moves or changes its prefix length is never missing.
 */
export function planAddresses(
  wanted: readonly WantedAddress[],
  managed: ReadonlySet<string>,
  links: readonly Link[],
): AddressChange[] {
  const additions = wanted
    .filter((want) => !isHeld(want, links))
    .map(({ linkIndex, address, prefixLength }): AddressChange => {
      const linkName = links.find(({ index }) => index === linkIndex)?.name ?? `interface ${linkIndex}`;
      return { kind: "add", linkIndex, linkName, address: { address, prefixLength, origin: ORIGIN_AGENT } };
    });
  const removals = links.flatMap((link) =>
    link.addresses
      .filter(({ address, origin }) => origin === ORIGIN_AGENT || managed.has(address))
      .filter((address) => !wanted.some((want) => want.linkIndex === link.index && isSame(want, address)))
      .map((address): AddressChange => ({ kind: "remove", linkIndex: link.index, linkName: link.name, address })),
  );
  return [...additions, ...removals];
}

/** Whether the address is where it should be. */
export function isHeld(want: WantedAddress, links: readonly Link[]): boolean {
  const link = links.find(({ index }) => index === want.linkIndex);
  return link?.addresses.some((address) => isSame(want, address)) ?? false;
}

function isSame(want: WantedAddress, there: LinkAddress): boolean {
  return want.address === there.address && want.prefixLength === there.prefixLength;
}
