/** Which addresses beside its own a node's port may speak for: exactly the VIPs it may hold, one by one. */
import type { Member } from "./priorities.ts";

/** A VIP as far as port security is concerned. */
export interface PairedVip {
  readonly address: string;
  readonly members: readonly Member[];
}

/**
 * The allowed address pairs of a node's port.
 *
 * A plain address is a pair for exactly that /32; it is also the notation a cloud compares with the VIP port's own fixed
 * address. No MAC is given: the port's own is meant, and writing it down would show as a change for ever.
 */
export function allowedAddresses(node: string, vips: readonly PairedVip[]): readonly string[] {
  return vips.filter(({ members }) => members.some((member) => member.name === node)).map(({ address }) => address);
}
