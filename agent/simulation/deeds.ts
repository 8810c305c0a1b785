/** What a node did to a kernel in memory, in words that tests compare. */
/** What a node did. */

import { decodeArp } from "../protocol/neighbours/arp.ts";
import { decodeNeighbourAdvertisement } from "../protocol/neighbours/ndp.ts";
import { ADDRESS_LENGTH, addressText } from "../protocol/packet/ip.ts";

export type Deed =
  | {
      readonly kind: "send";
      readonly linkIndex: number;
      readonly source: string;
      readonly destination: string;
      readonly payload: Uint8Array;
    }
  | { readonly kind: "add" | "renew" | "remove"; readonly address: string }
  | { readonly kind: "announce"; readonly address: string; readonly mac: string }
  | { readonly kind: "ask"; readonly address: string }
  | { readonly kind: "prefer"; readonly linkIndex: number; readonly source: string | undefined }
  | { readonly kind: "make" | "unmake"; readonly name: string };
/** In a frame of ICMPv6. */
export const ICMP_TYPE_OFFSET = 54;
export const TARGET_OFFSET = 62;
export const NEIGHBOUR_SOLICITATION = 135;

/** What a frame says: where an address is, by ARP or as a neighbour, or the question who has it. */
export function saidBy(frame: Uint8Array): Deed {
  const arp = decodeArp(frame);
  if (arp.ok) {
    const { senderAddress, senderMac, targetAddress } = arp.value;
    if (senderAddress !== targetAddress) return { kind: "ask", address: targetAddress };
    return { kind: "announce", address: senderAddress, mac: senderMac };
  }
  const advertisement = decodeNeighbourAdvertisement(frame);
  if (advertisement.ok) {
    return { kind: "announce", address: advertisement.value.target, mac: advertisement.value.linkLayerAddress };
  }
  if (frame[ICMP_TYPE_OFFSET] === NEIGHBOUR_SOLICITATION) {
    return { kind: "ask", address: addressText(frame.subarray(TARGET_OFFSET, TARGET_OFFSET + ADDRESS_LENGTH[6])) };
  }
  throw new Error("a frame was sent that announces nothing and asks nothing");
}
