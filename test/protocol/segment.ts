/** A node with virtual routers of every kind, and packets for and not for them. */
import { encodeCarp } from "../../agent/protocol/carp.ts";
import { addressBytes } from "../../agent/protocol/packet/ip.ts";
import type { Packet } from "../../agent/protocol/packet/packet.ts";
import { type ProtocolEndpoint, type ReceptionFault, receive } from "../../agent/protocol/reception.ts";
import { encodeVrrp, type VrrpAdvertisement } from "../../agent/protocol/vrrp.ts";
import { datagramOf } from "./fixture.ts";
import { changed } from "./message.ts";

export const LINK = 3;

export const web: ProtocolEndpoint = {
  protocol: "vrrp",
  virtualRouterId: 10,
  linkIndex: LINK,
  sourceAddress: "10.25.0.2",
  peers: ["10.25.0.3", "10.25.0.1"],
  multicast: false,
  minimumTtl: 255,
};
export const other: ProtocolEndpoint = { ...web, virtualRouterId: 11 };
export const group: ProtocolEndpoint = { ...web, virtualRouterId: 51, peers: [], multicast: true };
export const web6: ProtocolEndpoint = { ...web, virtualRouterId: 62, sourceAddress: "fe80::2", peers: ["fe80::1"] };
export const group6: ProtocolEndpoint = { ...web6, virtualRouterId: 61, peers: [], multicast: true };
export const carp: ProtocolEndpoint = { ...group, protocol: "carp", sourceAddress: "192.0.2.2" };
export const everything = [other, web, group, web6, group6, carp];

export const ADVERTISEMENT: VrrpAdvertisement = {
  virtualRouterId: 10,
  priority: 200,
  maxAdvertiseIntervalCentis: 100,
  addresses: ["10.25.0.10"],
};
export const CARP_MESSAGE = encodeCarp({
  virtualHostId: 51,
  advertisementBase: 1,
  advertisementSkew: 0,
  demotion: 0,
  counter: new Uint8Array(8),
  digest: new Uint8Array(20),
});
export const ENDS = { source: "10.25.0.1", destination: "10.25.0.2" };
export const GROUP_ENDS_6 = { source: "fe80::1", destination: "ff02::12" };
export const GROUP = "224.0.0.18";

export function packet4(datagram: Uint8Array, linkIndex = LINK): Packet {
  return { family: 4, linkIndex, datagram };
}

/** The captured IPv4 header between other ends, with another payload. */
export function around(payload: Uint8Array, { source, destination } = ENDS, ttl = 255): Packet {
  const header = datagramOf("keepalived-unicast").subarray(0, 20);
  const bytes = changed(Uint8Array.of(...header, ...payload), { 3: 20 + payload.length, 8: ttl });
  bytes.set(addressBytes(source), 12);
  bytes.set(addressBytes(destination), 16);
  return packet4(bytes);
}

export function around6(payload: Uint8Array, { source, destination } = GROUP_ENDS_6, hopLimit = 255): Packet {
  return { family: 6, linkIndex: LINK, source, destination, hopLimit, payload };
}

/** An advertisement of ours between some ends. */
export function sent(ends = ENDS, change: Partial<VrrpAdvertisement> = {}, ttl = 255): Packet {
  const bytes = encodeVrrp({ ...ADVERTISEMENT, ...change }, ends);
  return ends.source.includes(":") ? around6(bytes, ends, ttl) : around(bytes, ends, ttl);
}

/** keepalived's unicast advertisement with some octets changed; its VRRP checksum is left as it was. */
export function withOctets(changes: Readonly<Record<number, number>>): Packet {
  return packet4(changed(datagramOf("keepalived-unicast"), changes));
}

export function outcome(
  packet: Packet,
  endpoints: readonly ProtocolEndpoint[] = everything,
): ReceptionFault | "received" {
  const result = receive(packet, endpoints);
  return result.ok ? "received" : result.fault;
}
