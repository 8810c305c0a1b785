/** A received packet as the kernel hands it over: IPv4 with its header, IPv6 with what the kernel says of the header. */

/** IP version. */
export type Family = 4 | 6;

export type Packet =
  /** raw(7): the datagram from its IP header on. */
  | { readonly family: 4; readonly linkIndex: number; readonly datagram: Uint8Array }
  /** RFC 3542: a raw IPv6 socket gives the payload; ends and hop limit come as ancillary data. */
  | {
      readonly family: 6;
      readonly linkIndex: number;
      readonly source: string;
      readonly destination: string;
      readonly hopLimit: number;
      readonly payload: Uint8Array;
    };
