/** The configuration of one CARP host as its state machine needs it, made from the agent's document. */
import type { CarpHostDocument } from "../../config/schema/virtualRouter.ts";

/** Where CARP's implementations differ, whose habits this host shares. */
export type CarpDialect = CarpHostDocument["dialect"];

/** carp(4) and ucarp(8), for one virtual host. */
export interface CarpHostConfig {
  /** vhid, 1..255. */
  readonly virtualHostId: number;
  /** advbase in seconds, 0..254. */
  readonly advertisementBase: number;
  /** advskew in 256ths of a second, 0..254. */
  readonly advertisementSkew: number;
  readonly dialect: CarpDialect;
  /** Whether to take over from a master that this host is preferred to. */
  readonly preempt: boolean;
  /** How long to hear such a master before it is taken over from. A master that is gone, or demoted more, is not waited for. */
  readonly preemptDelayMicros: number;
  /** How long after `startup` this host takes part. */
  readonly startupDelayMicros: number;
  /** Source of advertisements, and what decides between equals. */
  readonly sourceAddress: string;
  /** Own addresses of the other members. */
  readonly peers: readonly string[];
  /** The shared addresses, without prefix lengths. */
  readonly addresses: readonly string[];
}

/** The machine's part of a CARP host of the document; password, prefix lengths and announcements are for the driver. */
export function carpHostConfig(document: CarpHostDocument): CarpHostConfig {
  return {
    virtualHostId: document.virtualRouterId,
    advertisementBase: document.advertisementBase,
    advertisementSkew: document.advertisementSkew,
    dialect: document.dialect,
    preempt: document.preempt,
    preemptDelayMicros: document.preemptDelay,
    startupDelayMicros: document.startupDelay,
    sourceAddress: document.sourceAddress,
    peers: document.peers,
    addresses: document.addresses.map(({ address }) => address.replace(/\/\d+$/, "")),
  };
}
