/** What this machine's own traffic has as its source: a shared address while it is held here, where the configuration says so. */

import { parseAddress, type WantedAddress } from "../claims/address.ts";
import type { VirtualRouterConfig } from "../config/document.ts";
import { familyOf } from "../protocol/ip.ts";
import { placesOf } from "./holding.ts";
import { isKernelError, type Kernel, type Link } from "./kernel.ts";
import type { Refusals } from "./refusals.ts";

export class PreferredSources {
  readonly #kernel: Kernel;
  readonly #refusals: Refusals;

  constructor(kernel: Kernel, refusals: Refusals) {
    this.#kernel = kernel;
    this.#refusals = refusals;
  }

  /** Makes the default routes prefer what is held and no longer what is not. @param held what is on the interfaces now. */
  reconcile(
    configs: readonly VirtualRouterConfig[],
    held: readonly WantedAddress[],
    links: readonly Link[],
    nowMicros: number,
  ): void {
    const refused = new Map<string, string>();
    for (const place of configs.flatMap((config) => preferring(config, links))) {
      const isHeld = held.some(({ linkIndex, address }) => linkIndex === place.linkIndex && address === place.address);
      const source = isHeld ? place.address : undefined;
      try {
        this.#kernel.setPreferredSource({ linkIndex: place.linkIndex, family: familyOf(place.address), source });
      } catch (error) {
        if (!isKernelError(error)) throw error;
        refused.set(`prefer ${place.address} as source`, error.code);
      }
    }
    this.#refusals.replace("preferred sources", refused, nowMicros);
  }
}

/** Where the addresses belong that are to be preferred. */
function preferring(config: VirtualRouterConfig, links: readonly Link[]): readonly WantedAddress[] {
  const preferred = config.addresses.filter(({ preferredSource }) => preferredSource);
  if (preferred.length === 0) return [];
  const addresses = preferred.map(({ address }) => parseAddress(address).address);
  return placesOf(config, links).filter(({ address }) => addresses.includes(address));
}
