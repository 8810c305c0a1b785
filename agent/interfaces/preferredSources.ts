/** What this machine's own traffic has as its source: a shared address while it is held here, where the configuration says so. */

import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import { familyOf } from "../protocol/packet/ip.ts";
import { placesOf } from "./addressOwnership.ts";
import { parseAddress, type WantedAddress } from "./addressPlan.ts";
import type { FailedOperations } from "./failedOperations.ts";
import { type Kernel, type Link } from "./kernel.ts";

export class PreferredSources {
  readonly #kernel: Kernel;
  readonly #failedOperations: FailedOperations;

  constructor(kernel: Kernel, failedOperations: FailedOperations) {
    this.#kernel = kernel;
    this.#failedOperations = failedOperations;
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
    this.#failedOperations.replace("preferred sources", refused, nowMicros);
  }
}

/** Where the addresses belong that are to be preferred. */
function preferring(config: VirtualRouterConfig, links: readonly Link[]): readonly WantedAddress[] {
  const preferred = config.addresses.filter(({ preferredSource }) => preferredSource);
  if (preferred.length === 0) return [];
  const addresses = preferred.map(({ address }) => parseAddress(address).address);
  return placesOf(config, links).filter(({ address }) => addresses.includes(address));
}
