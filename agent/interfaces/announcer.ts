/** Tells a segment that an address is here: gratuitous ARP over IPv4, an unsolicited neighbour advertisement over IPv6. */

import { isKernelError } from "../linux/system/kernelError.ts";
import type { Warn } from "../logging/logLine.ts";
import { encodeGratuitousArp } from "../protocol/neighbours/arp.ts";
import { encodeNeighbourAdvertisement } from "../protocol/neighbours/ndp.ts";
import { familyOf } from "../protocol/packet/ip.ts";
import type { Announcement } from "./addressOwnership.ts";
import { type Kernel } from "./kernel.ts";

export class Announcer {
  readonly #kernel: Kernel;
  readonly #warn: Warn;

  constructor(kernel: Kernel, warn: Warn) {
    this.#kernel = kernel;
    this.#warn = warn;
  }

  /** Sends each announcement of a virtual router, with the MAC its link has. */
  announce(virtualRouter: string, announcements: readonly Announcement[], nowMicros: number): void {
    for (const { address, link } of announcements) {
      // An interface without hardware addresses has nobody to tell.
      if (link.mac === "") continue;
      try {
        this.#kernel.transmit(link.index, frameFor(address, link.mac));
      } catch (error) {
        if (!isKernelError(error)) throw error;
        const fields = { virtualRouter, address, error: error.code };
        this.#warn(`${virtualRouter} announce ${error.code}`, "announcement not sent", fields, nowMicros);
      }
    }
  }
}

function frameFor(address: string, mac: string): Uint8Array {
  // The agent's machine is a host that offers services, so the router flag stays off.
  if (familyOf(address) === 6) return encodeNeighbourAdvertisement(mac, address, { router: false });
  return encodeGratuitousArp(mac, address);
}
