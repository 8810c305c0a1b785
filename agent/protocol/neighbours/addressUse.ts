/** Which host says that it has an address: the sender of any ARP frame (RFC 5227 2.4), and a neighbour advertisement. */
import { decodeArp } from "./arp.ts";
import { decodeNeighbourAdvertisement } from "./ndp.ts";

/** An address, and the MAC by which neighbours reach it from now on: both as text. */
export interface AddressUse {
  readonly address: string;
  readonly mac: string;
}

/** What an Ethernet frame says; undefined: nothing of the kind, or it is malformed. */
export function addressUseIn(frame: Uint8Array): AddressUse | undefined {
  const arp = decodeArp(frame);
  if (arp.ok) return { address: arp.value.senderAddress, mac: arp.value.senderMac };
  const advertisement = decodeNeighbourAdvertisement(frame);
  if (!advertisement.ok) return undefined;
  return { address: advertisement.value.target, mac: advertisement.value.linkLayerAddress };
}
