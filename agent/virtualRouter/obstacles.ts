/**
 * What is in a virtual router's way on this machine: why it takes no part, or has not all of its addresses, as the
 * interfaces are now. Each obstacle names the thing, what there is instead, and what to do. Pure.
 */

import { isLinkLocal } from "../config/fields/hostAddress.ts";
import type { SharedAddress, VirtualRouterConfig } from "../config/schema/document.ts";
import { PRIORITY } from "../config/schema/virtualRouter.ts";
import type { HoldReason, LinkLoss } from "../election/election.ts";
import { linkFor } from "../interfaces/addressOwnership.ts";
import { foreignAddresses, type PlacedAddress, parseAddress } from "../interfaces/addressPlan.ts";
import type { Link } from "../interfaces/kernel.ts";
import { linkOf } from "../interfaces/protocolSockets.ts";
import { swallowersOf, virtualInterfaceOf, virtualLinkOf } from "../interfaces/virtualInterfaces.ts";

export type Obstacle = {
  /** The thing that is in the way, or missing: with the reason it tells one obstacle from another. */
  readonly subject: string;
  readonly message: string;
} & (
  | { readonly effect: "unreachable"; readonly reason: LinkLoss }
  | { readonly effect: "held-back"; readonly reason: Extract<HoldReason, "address-in-use" | "interface-in-use"> }
  /** The others of its addresses are held all the same. */
  | { readonly effect: "incomplete"; readonly reason: "address-without-interface" }
  /** Some peers' advertisements cannot be heard, and no socket shows that. */
  | { readonly effect: "deaf"; readonly reason: "advertisements-taken" }
);

/** This machine's interfaces, looked at once for all virtual routers. */
export interface Machine {
  readonly links: readonly Link[];
  readonly foreign: ReadonlyMap<string, readonly PlacedAddress[]>;
}

export function machineOf(links: readonly Link[]): Machine {
  return { links, foreign: foreignAddresses(links) };
}

/** @param hasSocket whether the kernel gave it a socket. */
export function obstaclesOf(config: VirtualRouterConfig, machine: Machine, hasSocket: boolean): Obstacle[] {
  return [
    ...unreachable(config, machine, hasSocket),
    ...addressesInUse(config, machine),
    ...interfaceInUse(config, machine),
    ...addressesWithoutInterface(config, machine),
    ...advertisementsTaken(config, machine),
  ];
}

function unreachable(config: VirtualRouterConfig, { links }: Machine, hasSocket: boolean): Obstacle[] {
  const { sourceAddress, interface: name } = config;
  const loss = (reason: LinkLoss, message: string): Obstacle[] => [
    { effect: "unreachable", reason, subject: name ?? sourceAddress, message },
  ];
  const named = links.find((link) => link.name === name);
  if (name !== undefined && named === undefined) {
    return loss("interface-missing", `there is no interface ${name}, only ${namesOf(links)}: correct "interface"`);
  }
  const link = linkOf(config, links);
  if (link === undefined) {
    const elsewhere = links.find(({ addresses }) => addresses.some(({ address }) => address === sourceAddress));
    const where = name === undefined ? "on no interface" : `not on ${name}`;
    const instead = elsewhere === undefined ? addressesText(named === undefined ? links : [named]) : elsewhere.name;
    const there = elsewhere === undefined ? `there is ${instead}` : `it is on ${instead}`;
    const remedy = 'correct "sourceAddress", or give the address to the interface';
    return loss("source-address-missing", `the own address ${sourceAddress} is ${where}; ${there}: ${remedy}`);
  }
  if (!link.running) return loss("link-down", `${link.name} is down, or has no carrier`);
  if (hasSocket) return [];
  const message = `the kernel gives no socket for ${sourceAddress} on ${link.name}: see the log for its error`;
  return loss("socket-refused", message);
}

/** What somebody else set is not the agent's to take over, nor to take off. */
function addressesInUse(config: VirtualRouterConfig, machine: Machine): Obstacle[] {
  return config.addresses.flatMap((shared) =>
    foreignPlaces(shared, config, machine).map(({ link, address, prefixLength }): Obstacle => {
      const there = `${address}/${prefixLength}`;
      const remedy = `remove it (ip address del ${there} dev ${link.name}), also from what configures ${link.name}`;
      const message = `${there} is on ${link.name} already, and the agent did not set it: ${remedy}`;
      return { effect: "held-back", reason: "address-in-use", subject: `${there} on ${link.name}`, message };
    }),
  );
}

function foreignPlaces(
  shared: SharedAddress,
  config: VirtualRouterConfig,
  { links, foreign }: Machine,
): readonly PlacedAddress[] {
  const { address } = parseAddress(shared.address);
  const places = foreign.get(address) ?? [];
  if (places.length === 0) return places;
  const home = linkFor(shared, config, links)?.index;
  // Another link's link-local address is another address; and an owner (RFC 9568 1.7) has the addresses as its own.
  const isOwner = config.protocol === "vrrp" && config.priority === PRIORITY.owner;
  return places.filter(({ link }) => (link.index === home ? !isOwner : !isLinkLocal(address)));
}

function interfaceInUse(config: VirtualRouterConfig, { links }: Machine): Obstacle[] {
  const virtual = virtualInterfaceOf(config);
  if (virtual === undefined || virtualLinkOf(virtual, links) !== undefined) return [];
  const { name } = virtual;
  if (!links.some((link) => link.name === name)) return [];
  const message = `there is an interface ${name} that the agent did not make: rename or remove it, or set virtualMac to false`;
  return [{ effect: "held-back", reason: "interface-in-use", subject: name, message }];
}

function addressesWithoutInterface(config: VirtualRouterConfig, { links }: Machine): Obstacle[] {
  return config.addresses.flatMap((shared): Obstacle[] => {
    const { address, beside, interface: name } = shared;
    if ((beside ?? name) === undefined || linkFor(shared, config, links) !== undefined) return [];
    const why =
      beside === undefined
        ? `belongs on ${name ?? ""}, and there is only ${namesOf(links)}: correct its "interface"`
        : `belongs beside ${beside}, which is on no interface; there is ${addressesText(links)}: correct its "beside"`;
    const message = `${address} ${why}`;
    return [{ effect: "incomplete", reason: "address-without-interface", subject: address, message }];
  });
}

/** Another program's macvlan has them to itself. */
function advertisementsTaken(config: VirtualRouterConfig, { links }: Machine): Obstacle[] {
  return swallowersOf(config, links).map(({ name, mac }): Obstacle => {
    const message = `peers that send from ${mac} are not heard: ${name} takes it, remove it or set its mode to bridge`;
    return { effect: "deaf", reason: "advertisements-taken", subject: name, message };
  });
}

const LOOPBACK = "lo";

function namesOf(links: readonly Link[]): string {
  const names = links.flatMap(({ name }) => (name === LOOPBACK ? [] : name));
  return names.length === 0 ? "the loopback interface" : listed(names);
}

/** `10.25.0.12 on eth0` */
function addressesText(links: readonly Link[]): string {
  const texts = links.flatMap(({ name, addresses }) =>
    name === LOOPBACK ? [] : addresses.map(({ address }) => `${address} on ${name}`),
  );
  return texts.length === 0 ? "no address on any other" : listed(texts);
}

/** A machine may have thousands. */
const MOST_LISTED = 5;

function listed(texts: readonly string[]): string {
  const more = texts.length - MOST_LISTED;
  return [...texts.slice(0, MOST_LISTED), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

/** Something on this machine that is in a virtual router's way. */
export interface ObstacleStatus {
  readonly reason: Obstacle["reason"];
  /** The thing, what there is instead, and what to do. */
  readonly message: string;
  /** Whether the virtual router cannot become master for it; one that is master stays so. Otherwise an address is left out. */
  readonly blocks: boolean;
}
