/** Tells a segment that an address is here: gratuitous ARP over IPv4, an unsolicited neighbour advertisement over IPv6. */

import { encodeGratuitousArp } from "../protocol/arp.ts";
import { familyOf } from "../protocol/ip.ts";
import { encodeNeighbourAdvertisement } from "../protocol/ndp.ts";
import type { Announcement } from "./holding.ts";
import { isKernelError, type Kernel } from "./kernel.ts";
import type { ReportFields } from "./report.ts";

type Warn = (kind: string, message: string, fields: ReportFields, nowMicros: number) => void;

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
