/**
 * Other hosts that answer for an address this node is master of: a machine that somebody gave it by hand, a responder of the
 * cloud. Nothing else shows them, since they do not speak the protocol. Each refresh asks the segment who has the address,
 * because Linux does not answer an announcement of its own address; every frame in which a host says that it has one is
 * looked at, too. A stranger can say so, so it is told and changes nothing.
 *
 * RFC 5227 2.4 calls this an address conflict. What it asks of a host, to give the address up, is the election's here.
 */

import { isKernelError } from "../linux/system/kernelError.ts";
import type { Warn, WriteLogLine } from "../logging/logLine.ts";
import { type AddressUse, addressUseIn } from "../protocol/neighbours/addressUse.ts";
import { encodeArpQuestion } from "../protocol/neighbours/arp.ts";
import { encodeDuplicateProbe } from "../protocol/neighbours/duplicateProbe.ts";
import { virtualRouterMac } from "../protocol/packet/ethernet.ts";
import { familyOf } from "../protocol/packet/ip.ts";
import { PROTOCOL_NUMBER } from "../protocol/packet/transport.ts";
import type { Announcement } from "./addressOwnership.ts";
import type { AddressChange } from "./addressPlan.ts";
import { type Kernel, type Link } from "./kernel.ts";

/** The virtual router of an address. */
export interface Claimant {
  readonly name: string;
  readonly virtualRouterId: number;
  /** Without prefix lengths. */
  readonly addresses: readonly string[];
  /** Whether it has been master, and heard no other, for longer than a handover or a conflict of masters lasts. */
  isUndisputed(nowMicros: number): boolean;
}

/** One other host. */
interface Other {
  readonly since: string;
  /** Questions that it did not answer, in a row. */
  unanswered: number;
}

interface Watched {
  readonly virtualRouter: string;
  readonly link: Pick<Link, "index" | "name">;
  /** By MAC. */
  readonly others: Map<string, Other>;
}

/** The kernel is told of many changes together: a program for thousands of addresses takes a millisecond. */
const APPLIED_AFTER_MICROS = 1_000_000;
/** One answer may be lost, two are not. */
const GONE_AFTER_UNANSWERED = 2;
/** A stranger can claim an address from as many MACs as it likes. */
const MOST_OTHERS = 4;
/** Frames, in a window: with more nothing is heard until it is over. */
const MOST_FRAMES = 100;
const WINDOW_MICROS = 10_000_000;
const NO_SENDER = "0.0.0.0";

export class AddressConflicts {
  readonly #kernel: Kernel;
  readonly #log: WriteLogLine;
  readonly #warn: Warn;
  readonly #watched = new Map<string, Watched>();
  #applyAtMicros: number | undefined;
  #frames = 0;
  #windowEndsMicros = 0;

  constructor(kernel: Kernel, log: WriteLogLine, warn: Warn) {
    this.#kernel = kernel;
    this.#log = log;
    this.#warn = warn;
  }

  /** Addresses were announced: they are watched from now on. With a refresh the segment is asked who else has them. */
  announced(claimant: Claimant, announcements: readonly Announcement[], nowMicros: number): void {
    const isUndisputed = claimant.isUndisputed(nowMicros);
    for (const { address, link, isRefresh } of announcements) {
      const watched = this.#watch(address, claimant.name, link, nowMicros);
      if (!isRefresh || !isUndisputed || link.mac === "") continue;
      this.#countUnanswered(address, watched);
      this.#ask(address, link);
    }
  }

  /** An address left this machine. */
  left({ address: { address } }: AddressChange, nowMicros: number): void {
    if (this.#watched.delete(address)) this.#applyAtMicros ??= nowMicros + APPLIED_AFTER_MICROS;
  }

  /** A frame in which a host says that it has an address. @param claimantOf the master of it here, if there is one. */
  overhear(
    frame: Uint8Array,
    claimantOf: (address: string) => Claimant | undefined,
    links: readonly Link[],
    nowMicros: number,
  ): void {
    if (this.#isTooMuch(nowMicros)) return;
    const use = addressUseIn(frame);
    const claimant = use === undefined ? undefined : claimantOf(use.address);
    if (use === undefined || claimant?.isUndisputed(nowMicros) !== true || isOwn(use, claimant, links)) return;
    const watched = this.#watched.get(use.address);
    if (watched !== undefined) this.#note(use, watched, nowMicros);
  }

  /** Lets the kernel know what is watched, when that is due. */
  advance(nowMicros: number): void {
    if (this.#applyAtMicros === undefined || nowMicros < this.#applyAtMicros) return;
    this.#applyAtMicros = undefined;
    const byLink = new Map<number, string[]>();
    for (const [address, { link }] of this.#watched) {
      const addresses = byLink.get(link.index);
      if (addresses === undefined) byLink.set(link.index, [address]);
      else addresses.push(address);
    }
    this.#tell(byLink, nowMicros);
  }

  deadline(): number | undefined {
    return this.#applyAtMicros;
  }

  /** Of one virtual router. */
  status({ addresses }: Claimant): AddressConflictStatus[] {
    return addresses.flatMap((address) => {
      const { link, others } = this.#watched.get(address) ?? {};
      return [...(others ?? [])].map(([mac, { since }]) => ({ address, mac, interface: link?.name ?? "", since }));
    });
  }

  #watch(address: string, virtualRouter: string, link: Link, nowMicros: number): Watched {
    const known = this.#watched.get(address);
    if (known?.virtualRouter === virtualRouter && known.link.index === link.index) return known;
    const watched = { virtualRouter, link, others: new Map<string, Other>() };
    this.#watched.set(address, watched);
    this.#applyAtMicros ??= nowMicros + APPLIED_AFTER_MICROS;
    return watched;
  }

  /** What the segment may learn of the question is where this node's own address is, which it knows. */
  #ask(address: string, link: Link): void {
    const sender = link.addresses.find((own) => familyOf(own.address) === 4 && own.origin !== PROTOCOL_NUMBER);
    const question =
      familyOf(address) === 6
        ? encodeDuplicateProbe(link.mac, address)
        : encodeArpQuestion(link.mac, sender?.address ?? NO_SENDER, address);
    try {
      this.#kernel.transmit(link.index, question);
    } catch (error) {
      // The announcement before it had the same fate, and that is told.
      if (!isKernelError(error)) throw error;
    }
  }

  #countUnanswered(address: string, { virtualRouter, link, others }: Watched): void {
    for (const [mac, other] of others) {
      if (other.unanswered >= GONE_AFTER_UNANSWERED) {
        others.delete(mac);
        const fields = { virtualRouter, address, mac, interface: link.name };
        this.#log({
          kind: "log",
          level: "info",
          message: "the other host no longer answers for the address",
          fields,
        });
      }
      other.unanswered += 1;
    }
  }

  #note({ address, mac }: AddressUse, { virtualRouter, link, others }: Watched, nowMicros: number): void {
    const known = others.get(mac);
    if (known !== undefined) {
      known.unanswered = 0;
      return;
    }
    if (others.size >= MOST_OTHERS) return;
    others.set(mac, { since: new Date(this.#kernel.wallClockMs()).toISOString(), unanswered: 0 });
    const message = `another host answers for ${address} on ${link.name}: find the one with the MAC ${mac}, and take the address off it`;
    this.#warn(`conflict ${address}`, message, { virtualRouter, address, mac, interface: link.name }, nowMicros);
  }

  #isTooMuch(nowMicros: number): boolean {
    if (nowMicros >= this.#windowEndsMicros) {
      this.#windowEndsMicros = nowMicros + WINDOW_MICROS;
      this.#frames = 0;
    }
    this.#frames += 1;
    if (this.#frames === MOST_FRAMES + 1) {
      this.#tell(new Map(), nowMicros);
      this.#applyAtMicros = this.#windowEndsMicros;
    }
    return this.#frames > MOST_FRAMES;
  }

  #tell(watched: ReadonlyMap<number, readonly string[]>, nowMicros: number): void {
    try {
      this.#kernel.watchAddresses(watched);
    } catch (error) {
      if (!isKernelError(error)) throw error;
      const message = "other hosts that answer for an address here are not noticed";
      this.#warn(`watch ${error.code}`, message, { error: error.message }, nowMicros);
    }
  }
}

/** This machine's own word, that of its virtual router's MAC wherever it is, or a bridge that sent it back. */
function isOwn({ address, mac }: AddressUse, { virtualRouterId }: Claimant, links: readonly Link[]): boolean {
  return mac === virtualRouterMac(familyOf(address), virtualRouterId) || links.some((link) => link.mac === mac);
}

/** Another host of the segment that says it has an address of which this node is master. */
export interface AddressConflictStatus {
  readonly address: string;
  /** Its MAC. */
  readonly mac: string;
  /** The interface here on which it was heard. */
  readonly interface: string;
  /** When it was first heard, ISO 8601 in UTC. */
  readonly since: string;
}
