/** Counts packets that reached no election, at the virtual router they were meant for if that can be told. */

import { Counter } from "../logging/counter.ts";
import type { Warn } from "../logging/logLine.ts";
import { decodeIpv4 } from "../protocol/packet/ipv4.ts";
import type { Packet } from "../protocol/packet/packet.ts";

/** A virtual router as a refused packet may name it. */
interface Suspect {
  readonly name: string;
  readonly virtualRouterId: number;
  readonly linkIndex: number;
  readonly counting: { readonly dropped: Counter };
}

/** Where a virtual router id stands in VRRP and in CARP alike. */
const ID_OFFSET = 1;

export class DroppedPackets {
  readonly #unassigned = new Counter();
  readonly #warn: Warn;

  constructor(warn: Warn) {
    this.#warn = warn;
  }

  /** Counts a refused packet and, now and then, says so. */
  count(packet: Packet, fault: string, suspects: readonly Suspect[], nowMicros: number): void {
    const { from, payload } = contentsOf(packet);
    const id = payload?.[ID_OFFSET];
    const suspect = suspects.find((router) => router.linkIndex === packet.linkIndex && router.virtualRouterId === id);
    (suspect?.counting.dropped ?? this.#unassigned).count(fault);
    const virtualRouter = suspect?.name ?? "none";
    const fields = { virtualRouter, reason: fault, from: from ?? "unknown" };
    this.#warn(`drop ${virtualRouter} ${fault}`, "packet dropped", fields, nowMicros);
  }

  /** By reason, those that could not be assigned. */
  unassigned(): Record<string, number> {
    return this.#unassigned.counts();
  }
}

function contentsOf(packet: Packet): { readonly from?: string; readonly payload?: Uint8Array } {
  if (packet.family === 6) return { from: packet.source, payload: packet.payload };
  const ip = decodeIpv4(packet.datagram);
  return ip.ok ? { from: ip.value.source, payload: ip.value.payload } : {};
}
