/**
 * The interfaces that carry virtual routers' own MACs (RFC 9568 7.3): created where a configuration wants one, removed
 * where none does. One is the agent's by three marks: its name, its kind (macvlan) and its MAC, which the name implies.
 * Any other interface stays as it is, also one that has the name.
 */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import { virtualRouterMac } from "../protocol/packet/ethernet.ts";
import { familyOf } from "../protocol/packet/ip.ts";
import type { FailedOperations } from "./failedOperations.ts";
import { isMacvlanWith, type Kernel, type Link } from "./kernel.ts";
import { linkOf } from "./protocolSockets.ts";

/** Names that only the agent gives: `vipf4-10` carries virtual router 10 over IPv4. */
const NAME = /^vipf([46])-(\d{1,3})$/;

/** A virtual router's interface: its name, and its MAC in lower case. */
export interface VirtualInterface {
  readonly name: string;
  readonly mac: string;
}

/** What a virtual router wants; undefined when it uses the MAC of the interface it is on. */
export function virtualInterfaceOf(config: VirtualRouterConfig): VirtualInterface | undefined {
  if (config.protocol !== "vrrp" || !config.virtualMac) return undefined;
  const family = familyOf(config.sourceAddress);
  const { virtualRouterId } = config;
  return { name: `vipf${family}-${virtualRouterId}`, mac: virtualRouterMac(family, virtualRouterId) };
}

/** A virtual router's interface among those of this machine, if it is there and the agent's. */
export function virtualLinkOf({ name, mac }: VirtualInterface, links: readonly Link[]): Link | undefined {
  return links.find((link) => link.name === name && isMacvlanWith(mac, link));
}

/** Modes in which a macvlan alone gets what comes from its own MAC by multicast. */
const SWALLOWING = ["private", "passthru", "source"];

/**
 * The macvlans because of which a virtual router cannot hear peers that send from the virtual MAC: another program's,
 * such as keepalived's vrrp.10 that was left behind. No socket shows what they take.
 */
export function swallowersOf(config: VirtualRouterConfig, links: readonly Link[]): readonly Link[] {
  const parent = linkOf(config, links);
  if (parent === undefined || !config.multicast) return [];
  // CARP has the MAC of IPv4 over both (carp(4)).
  const family = config.protocol === "carp" ? 4 : familyOf(config.sourceAddress);
  const mac = virtualRouterMac(family, config.virtualRouterId);
  return links.filter(
    (link) =>
      link.virtualOf === parent.index &&
      isMacvlanWith(mac, link) &&
      !isOurs(link) &&
      SWALLOWING.includes(link.macvlanMode ?? ""),
  );
}

export class VirtualInterfaces {
  readonly #kernel: Kernel;
  readonly #failedOperations: FailedOperations;

  constructor(kernel: Kernel, failedOperations: FailedOperations) {
    this.#kernel = kernel;
    this.#failedOperations = failedOperations;
  }

  /** Creates or mends what is wanted and removes the agent's others, of any life. @returns whether anything changed. */
  reconcile(configs: readonly VirtualRouterConfig[], links: readonly Link[], nowMicros: number): boolean {
    const refused = new Map<string, string>();
    const attempt = (what: string, change: () => void): boolean => {
      try {
        change();
        return true;
      } catch (error) {
        if (!isKernelError(error)) throw error;
        const remedy = error.code === "EEXIST" ? ": another interface has that name, rename or remove it" : "";
        refused.set(what + remedy, error.code);
        return false;
      }
    };
    const wanted = new Map(configs.flatMap((config) => wish(config, links)));
    const wrong = [...wanted].filter(([, want]) => !isRight(want, virtualLinkOf(want, links)));
    const spare = links.filter((link) => isOurs(link) && !wanted.has(link.name));
    const made = wrong.filter(([name, { linkIndex, mac }]) =>
      attempt(`make the interface ${name}`, () => this.#kernel.ensureVirtualInterface(linkIndex, name, mac)),
    );
    const removed = spare.filter(({ name, mac }) =>
      attempt(`remove the interface ${name}`, () => {
        this.#kernel.removeVirtualInterface(name, mac);
      }),
    );
    this.#failedOperations.replace("virtual interfaces", refused, nowMicros);
    return made.length + removed.length > 0;
  }
}

interface Wish extends VirtualInterface {
  readonly linkIndex: number;
}

function wish(config: VirtualRouterConfig, links: readonly Link[]): [string, Wish][] {
  const virtual = virtualInterfaceOf(config);
  const link = linkOf(config, links);
  if (virtual === undefined || link === undefined) return [];
  return [[virtual.name, { ...virtual, linkIndex: link.index }]];
}

/** One of an earlier version may be in private mode, and one of an earlier configuration on another parent. */
function isRight({ linkIndex }: Wish, found: Link | undefined): boolean {
  return found?.virtualOf === linkIndex && found.macvlanMode === "bridge";
}

function isOurs(link: Link): boolean {
  const [, family, id] = NAME.exec(link.name) ?? [];
  const virtualRouterId = Number(id);
  if (family === undefined || virtualRouterId < 1 || virtualRouterId > 255) return false;
  return isMacvlanWith(virtualRouterMac(family === "4" ? 4 : 6, virtualRouterId), link);
}
