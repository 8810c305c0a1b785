/** Carries out the claim on the addresses: makes the interfaces what the plan says. */
import { type AddressChange, planAddresses, type WantedAddress } from "../claims/address.ts";
import { isKernelError, type Kernel, type Link } from "./kernel.ts";
import type { Refusals } from "./refusals.ts";

export class AddressKeeper {
  readonly #kernel: Kernel;
  readonly #refusals: Refusals;
  /** Every address that was ever configured in this life: what is no longer wanted of it must go. */
  readonly #managed = new Set<string>();

  constructor(kernel: Kernel, refusals: Refusals) {
    this.#kernel = kernel;
    this.#refusals = refusals;
  }

  /** Takes charge of addresses; until `reconcile` wants them, they have no business on any interface. */
  manage(addresses: readonly string[]): void {
    for (const address of addresses) this.#managed.add(address);
  }

  /**
   * Makes the interfaces hold what is wanted and nothing else of what is managed.
   * @returns the changes that were made.
   */
  reconcile(wanted: readonly WantedAddress[], links: readonly Link[], nowMicros: number): AddressChange[] {
    const refused = new Map<string, string>();
    const made = planAddresses(wanted, this.#managed, links).filter((change) => {
      const code = this.#attempt(change);
      if (code !== undefined) refused.set(nameOf(change), code);
      return code === undefined;
    });
    this.#refusals.replace("addresses", refused, nowMicros);
    return made;
  }

  /** Makes one change. @returns the errno's name when it was refused. */
  #attempt({ kind, linkIndex, address }: AddressChange): string | undefined {
    try {
      if (kind === "add") this.#kernel.addAddress(linkIndex, address);
      else this.#kernel.removeAddress(linkIndex, address);
      return undefined;
    } catch (error) {
      if (!isKernelError(error)) throw error;
      // Somebody was faster, or the interface left with its addresses: gone is what it should be.
      const isGone = error.code === "EADDRNOTAVAIL" || error.code === "ENODEV";
      return kind === "remove" && isGone ? undefined : error.code;
    }
  }
}

/** `add 10.25.0.10/32 on eth0` */
export function nameOf({ kind, address, linkName }: AddressChange): string {
  return `${kind} ${address.address}/${address.prefixLength} on ${linkName}`;
}
