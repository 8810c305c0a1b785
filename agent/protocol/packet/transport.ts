/** How VRRP and CARP ride in IP: the number they share, their groups, and the TTL that proves a sender is on the link. */
import type { Family } from "./packet.ts";

/** IP protocol number of VRRP, and of CARP (RFC 9568 5.1.1.4). */
export const PROTOCOL_NUMBER = 112;

/** Where multicast advertisements go, of VRRP (RFC 9568 5.1.1.2 and 5.1.2.2) and of CARP alike. */
export const MULTICAST_GROUP: Readonly<Record<Family, string>> = { 4: "224.0.0.18", 6: "ff02::12" };

/** TTL or hop limit of every advertisement sent: no router has decremented it, so its sender is on the link (RFC 5082). */
export const ADVERTISEMENT_TTL = 255;

/** The two ends of the IP packet that carries a message, in canonical text and of one family. */
export interface Ends {
  readonly source: string;
  readonly destination: string;
}
