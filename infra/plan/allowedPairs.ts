/** Which addresses beside its own a node's port may speak for: exactly the VIPs it may hold, one by one. */
import type { Member } from "../values/priorities.ts";

/** A VIP as far as port security is concerned. */
export interface PairedVip {
  /** Its addresses on the port's network. */
  readonly networkAddresses: readonly string[];
  /** Addresses of another network that are announced on the port's. */
  readonly routedAddresses: readonly string[];
  readonly virtualRouterId: number;
  readonly virtualMac: boolean;
  readonly members: readonly Member[];
}

/** An address that a port may speak for; with a MAC, from that one only. */
export interface AllowedPair {
  readonly address: string;
  readonly mac?: string;
}

/**
 * The allowed address pairs of a node's port.
 *
 * A plain address is a pair for exactly that /32; it is also the notation a cloud compares with the VIP port's own fixed
 * address. No MAC is given where the port's own is meant: writing it down would show as a change forever.
 */
export function allowedPairs(node: string, vips: readonly PairedVip[]): readonly AllowedPair[] {
  return vips
    .filter(({ members }) => members.some((member) => member.name === node))
    .flatMap(({ networkAddresses, routedAddresses, virtualMac, virtualRouterId }) =>
      [...networkAddresses, ...routedAddresses].map((address) =>
        virtualMac ? { address, mac: virtualMacOf(virtualRouterId) } : { address },
      ),
    );
}

/** RFC 9568 7.3. */
function virtualMacOf(virtualRouterId: number): string {
  return `00:00:5e:00:01:${virtualRouterId.toString(16).padStart(2, "0")}`;
}
