/** What a virtual router holds of its addresses on this machine, and when it announces them. */

import type { SharedAddress, VirtualRouterConfig } from "../config/schema/document.ts";
import { isHeld, parseAddress, type WantedAddress } from "./addressPlan.ts";
import {
  type AnnouncementSchedule,
  afterAnnouncement,
  announcementDeadline,
  isAnnouncementDue,
  isRefreshing,
  SILENT,
  startAnnouncing,
} from "./announcementSchedule.ts";
import type { Link } from "./kernel.ts";
import { lifetimeSecondsOf } from "./lease.ts";
import { linkOf } from "./protocolSockets.ts";
import { virtualInterfaceOf, virtualLinkOf } from "./virtualInterfaces.ts";

/** One address to announce, and the link to announce it on. */
export interface Announcement {
  readonly address: string;
  readonly link: Link;
  /** Whether nothing happened since the one before. */
  readonly isRefresh: boolean;
}

/** `keeping`: what is here stays, but nothing is put back and nothing is said: somebody else may have it. */
type Hold = "none" | "keeping" | "holding";

export class AddressOwnership {
  #announcement: AnnouncementSchedule = SILENT;
  #hold: Hold = "none";
  /** As it was when the addresses were announced last; undefined: not yet. */
  #attachment: string | undefined;

  /** Whether addresses may be on this machine. */
  get ownsAddresses(): boolean {
    return this.#hold !== "none";
  }

  /** Takes the addresses and starts to announce them. */
  acquire(config: VirtualRouterConfig, nowMicros: number): void {
    this.#hold = "holding";
    this.#attachment = undefined;
    this.announceAgain(config, nowMicros);
  }

  /** Keeps addresses that are here already, without a word. */
  keep(): void {
    this.#hold = "keeping";
    this.#announcement = SILENT;
  }

  release(): void {
    this.#hold = "none";
    this.#announcement = SILENT;
  }

  /** Starts to announce anew, e.g. because an address had to be put back. */
  announceAgain({ announcement }: VirtualRouterConfig, nowMicros: number): void {
    if (this.#hold === "holding") this.#announcement = startAnnouncing(announcement, nowMicros);
  }

  /**
   * Takes notice of where its addresses are attached: a segment that knew them by another MAC, port or interface hears
   * at once.
   */
  followAttachment(config: VirtualRouterConfig, links: readonly Link[], nowMicros: number): void {
    if (this.#attachment === undefined) return;
    if (this.#attachment !== attachmentOf(placesOf(config, links), links)) this.announceAgain(config, nowMicros);
  }

  /** The addresses that have to be on interfaces. @param isSure whether missing ones may be put back. */
  wanted(config: VirtualRouterConfig, links: readonly Link[], isSure: boolean): WantedAddress[] {
    if (this.#hold === "none") return [];
    const places = placesOf(config, links);
    return this.#hold === "holding" && isSure ? places : places.filter((place) => isHeld(place, links));
  }

  /** Whether there is anything to announce now. */
  isAnnouncementDue(nowMicros: number): boolean {
    return isAnnouncementDue(this.#announcement, nowMicros);
  }

  /** The addresses to announce now; each call that gives some counts as one announcement made. */
  takeAnnouncements(config: VirtualRouterConfig, links: () => readonly Link[], nowMicros: number): Announcement[] {
    if (!isAnnouncementDue(this.#announcement, nowMicros)) return [];
    const isRefresh = isRefreshing(this.#announcement);
    this.#announcement = afterAnnouncement(this.#announcement, config.announcement, nowMicros);
    // The hardware address may have changed since the links were last looked at, so they are read for each announcement.
    const current = links();
    const places = placesOf(config, current);
    this.#attachment = attachmentOf(places, current);
    return places.flatMap((place): Announcement[] => {
      const link = current.find(({ index }) => index === place.linkIndex);
      // What the kernel refused to take on is not this machine's to speak for.
      return link !== undefined && isHeld(place, current) ? [{ address: place.address, link, isRefresh }] : [];
    });
  }

  deadline(): number | undefined {
    return announcementDeadline(this.#announcement);
  }
}

/**
 * By what a segment knows the interfaces of these places: index, MAC, carrier, and the bridge or bond above them; the
 * same of their ports, and of what a macvlan is on. It is another one when any of that changes.
 */
function attachmentOf(places: readonly WantedAddress[], links: readonly Link[]): string {
  const held = new Set(places.map(({ linkIndex }) => linkIndex));
  for (const { index, virtualOf } of links) if (held.has(index) && virtualOf !== undefined) held.add(virtualOf);
  const near = links.filter(({ index, portOf }) => held.has(index) || (portOf !== undefined && held.has(portOf)));
  return near.map(({ index, mac, running, portOf = 0 }) => `${index} ${mac} ${running} ${portOf}`).join();
}

/** Where the addresses belong; those whose interface is not there are left out. */
export function placesOf(config: VirtualRouterConfig, links: readonly Link[]): WantedAddress[] {
  const lifetimeSeconds = lifetimeSecondsOf(config);
  const usual = usualLinkOf(config, links);
  return config.addresses.flatMap((shared) => {
    const link = isElsewhere(shared) ? linkFor(shared, config, links) : usual;
    return link === undefined ? [] : [{ linkIndex: link.index, ...parseAddress(shared.address), lifetimeSeconds }];
  });
}

/** Whether every address is where it belongs. */
export function hasAll(config: VirtualRouterConfig, links: readonly Link[]): boolean {
  const places = placesOf(config, links);
  return places.length === config.addresses.length && places.every((place) => isHeld(place, links));
}

/** The link that one of the addresses belongs on. */
export function linkFor(shared: SharedAddress, config: VirtualRouterConfig, links: readonly Link[]): Link | undefined {
  if (shared.beside !== undefined) return linkOf({ sourceAddress: shared.beside }, links);
  if (shared.interface !== undefined) return links.find((link) => link.name === shared.interface);
  return usualLinkOf(config, links);
}

function isElsewhere(shared: SharedAddress): boolean {
  return shared.beside !== undefined || shared.interface !== undefined;
}

/** The link of addresses that name none. */
function usualLinkOf(config: VirtualRouterConfig, links: readonly Link[]): Link | undefined {
  const virtual = virtualInterfaceOf(config);
  return virtual === undefined ? linkOf(config, links) : virtualLinkOf(virtual, links);
}

/** The addresses of a virtual router without prefix lengths, wherever they belong. */
export function sharedAddressesOf({ addresses }: VirtualRouterConfig): readonly string[] {
  return addresses.map(({ address }) => parseAddress(address).address);
}
