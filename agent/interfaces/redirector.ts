/**
 * Leads a segment from this node to the master that it gave an address up to. FRR and the BSDs announce an address when
 * they become master, and not when they win a conflict that they never left: then neighbours stay with the loser until
 * they probe it, which takes seconds. So the loser makes the segment learn where the address is:
 *
 *     IPv6: a probe as of duplicate address detection; the winner itself answers it to all nodes (RFC 4861 7.2.4).
 *     IPv4: no question is answered to all. This node asks for the address, and tells the answer: a gratuitous ARP with
 *           the winner's MAC inside, and its own as the frame's source, so that switches learn nothing wrong.
 *
 * It is tried a few times and then no more. What a switch refuses of it costs what it cost before.
 */

import { earliest } from "../election/timers.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import type { Warn } from "../logging/logLine.ts";
import { encodeGratuitousArp } from "../protocol/neighbours/arp.ts";
import { encodeDuplicateProbe } from "../protocol/neighbours/duplicateProbe.ts";
import { familyOf } from "../protocol/packet/ip.ts";
import { type Kernel, type Link } from "./kernel.ts";

/** An address that left this node. */
export interface Departed {
  readonly virtualRouter: string;
  readonly address: string;
  readonly linkIndex: number;
}

interface Redirection extends Departed {
  readonly startedMicros: number;
  /** Of the tries, those made. */
  readonly tries: number;
}

/** When to try, from the moment that the address is gone: an answer takes a round trip, and a frame may be lost. */
const TRIES_AFTER_MICROS = [0, 2_000, 10_000, 50_000, 250_000, 1_000_000] as const;

export class Redirector {
  readonly #kernel: Kernel;
  readonly #warn: Warn;
  #open: readonly Redirection[] = [];

  constructor(kernel: Kernel, warn: Warn) {
    this.#kernel = kernel;
    this.#warn = warn;
  }

  /** Begins to lead the segment away from here. */
  begin(departed: Departed, nowMicros: number): void {
    const others = this.#open.filter(({ address }) => address !== departed.address);
    this.#open = [...others, { ...departed, startedMicros: nowMicros, tries: 0 }];
  }

  /** Makes the tries that are due. @param follows whether a virtual router is a backup that hears its master. */
  advance(follows: (virtualRouter: string) => boolean, links: readonly Link[], nowMicros: number): void {
    this.#open = this.#open.flatMap((redirection): Redirection[] => {
      const due = dueMicros(redirection);
      if (due === undefined || !follows(redirection.virtualRouter)) return [];
      if (nowMicros < due) return [redirection];
      this.#attempt(redirection, links, nowMicros);
      return [{ ...redirection, tries: redirection.tries + 1 }];
    });
  }

  deadline(): number | undefined {
    return earliest([undefined, ...this.#open.map(dueMicros)]);
  }

  #attempt(redirection: Redirection, links: readonly Link[], nowMicros: number): void {
    const { virtualRouter, address, linkIndex } = redirection;
    const link = links.find(({ index }) => index === linkIndex);
    // An interface without hardware addresses has nobody to tell.
    if (link === undefined || link.mac === "") return;
    try {
      if (familyOf(address) === 6) this.#kernel.transmit(linkIndex, encodeDuplicateProbe(link.mac, address));
      else this.#askOrTell(redirection, link);
    } catch (error) {
      if (!isKernelError(error)) throw error;
      const fields = { virtualRouter, address, error: error.code };
      this.#warn(`${virtualRouter} redirect ${error.code}`, "neighbours not redirected", fields, nowMicros);
    }
  }

  #askOrTell({ address, linkIndex, tries }: Redirection, link: Link): void {
    if (tries === 0) {
      this.#kernel.askNeighbour(linkIndex, address);
      return;
    }
    const mac = this.#kernel.neighbourMac(linkIndex, address);
    if (mac === undefined || mac === link.mac) return;
    this.#kernel.transmit(linkIndex, encodeGratuitousArp(mac, address, link.mac));
  }
}

function dueMicros({ startedMicros, tries }: Redirection): number | undefined {
  const after = TRIES_AFTER_MICROS[tries];
  return after === undefined ? undefined : startedMicros + after;
}
