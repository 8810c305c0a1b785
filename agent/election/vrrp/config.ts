/** The configuration of one VRRP router as its state machine needs it, made from the agent's document. */
import type { VrrpRouterDocument } from "../../config/schema/virtualRouter.ts";

/** RFC 9568 6.1, for one virtual router of one address family, and the two delays that are not of the RFC. */
export interface VrrpRouterConfig {
  /** VRID, 1..255. */
  readonly virtualRouterId: number;
  /** 1..254, or 255 for the address owner. */
  readonly priority: number;
  /** Advertisement_Interval: a whole number of centiseconds, 1..4095 of them. */
  readonly advertisementIntervalMicros: number;
  /** Preempt_Mode: whether to take over from a master of lower priority. The address owner does so in any case. */
  readonly preempt: boolean;
  /** For how long a master of lower priority is put up with before it is preempted; not by the address owner. */
  readonly preemptDelayMicros: number;
  /** For how long after `startup` this node takes no part. */
  readonly startupDelayMicros: number;
  /** The primary address: source of advertisements and tie-breaker. IPv6: link-local. */
  readonly sourceAddress: string;
  /** Own addresses of the other members. */
  readonly peers: readonly string[];
  /** The virtual router's addresses in the order they are advertised, all of the family of `sourceAddress`. */
  readonly addresses: readonly string[];
}

/** The machine's part of a virtual router of the document; prefix lengths, interfaces and announcements are for the node that holds the addresses. */
export function vrrpRouterConfig(document: VrrpRouterDocument): VrrpRouterConfig {
  return {
    virtualRouterId: document.virtualRouterId,
    priority: document.priority,
    advertisementIntervalMicros: document.advertisementInterval,
    preempt: document.preempt,
    preemptDelayMicros: document.preemptDelay,
    startupDelayMicros: document.startupDelay,
    sourceAddress: document.sourceAddress,
    peers: document.peers,
    addresses: document.addresses.map(({ address }) => address.replace(/\/\d+$/, "")),
  };
}
