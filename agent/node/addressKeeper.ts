/** Carries out the claim on the addresses: makes the interfaces what the plan says, and renews the leases. */
import { type AddressChange, planAddresses, type WantedAddress } from "../claims/address.ts";
import { renewalDueMicros } from "../claims/lease.ts";
import { isKernelError, type Kernel, type Link } from "./kernel.ts";
import type { Refusals } from "./refusals.ts";

const MICROS_PER_SECOND = 1_000_000;

interface Lease {
  readonly lifetimeSeconds: number | undefined;
  readonly setAtMicros: number;
}

export class AddressKeeper {
  readonly #kernel: Kernel;
  readonly #refusals: Refusals;
  /** What this life set, by place. */
  #leases = new Map<string, Lease>();

  constructor(kernel: Kernel, refusals: Refusals) {
    this.#kernel = kernel;
    this.#refusals = refusals;
  }

  /**
   * Makes the interfaces hold what is wanted and nothing else of what the agent set.
   * @returns the changes that were made, renewals left out.
   */
  reconcile(wanted: readonly WantedAddress[], links: readonly Link[], nowMicros: number): AddressChange[] {
    const refused = new Map<string, string>();
    const plan = planAddresses(wanted, links, (want) => this.#isDue(want, nowMicros)).map((change) =>
      this.#isRemovedByOthers(change, nowMicros) ? { ...change, isRepair: true } : change,
    );
    const made = plan.filter((change) => {
      const code = this.#attempt(change);
      if (code !== undefined) refused.set(nameOf(change), code);
      return code === undefined;
    });
    this.#refusals.replace("addresses", refused, nowMicros);
    this.#leases = this.#leasesAfter(wanted, plan, made, nowMicros);
    return made.filter(({ kind }) => kind !== "renew");
  }

  /** When the next lease is to be renewed. */
  deadline(): number | undefined {
    const due = Array.from(this.#leases.values(), dueMicros).filter((time) => time !== undefined);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** An address that is missing before its lease is over did not go by itself. */
  #isRemovedByOthers({ kind, linkIndex, address: { address } }: AddressChange, nowMicros: number): boolean {
    const lease = kind === "add" ? this.#leases.get(placeOf({ linkIndex, address })) : undefined;
    if (lease === undefined) return false;
    const { lifetimeSeconds = Infinity, setAtMicros } = lease;
    return nowMicros < setAtMicros + lifetimeSeconds * MICROS_PER_SECOND;
  }

  /** One that was found, or whose lifetime was configured anew, is set once; then it is renewed in time. */
  #isDue(want: WantedAddress, nowMicros: number): boolean {
    const lease = this.#leases.get(placeOf(want));
    if (lease === undefined || lease.lifetimeSeconds !== want.lifetimeSeconds) return true;
    const due = dueMicros(lease);
    return due !== undefined && due <= nowMicros;
  }

  /**
   * The leases of what is wanted: those just set, and those that were not due. What was refused has none, so that it is
   * tried again in its own time; nor has what is somebody else's by now, or is wanted no longer, which may have gone
   * without being taken off.
   */
  #leasesAfter(
    wanted: readonly WantedAddress[],
    plan: readonly AddressChange[],
    made: readonly AddressChange[],
    setAtMicros: number,
  ): Map<string, Lease> {
    const settings = plan.filter(({ kind }) => kind !== "remove");
    const isSet = new Map(
      settings.map((change) => [placeOf({ ...change, ...change.address }), made.includes(change)] as const),
    );
    const leases = wanted.flatMap((want): [string, Lease][] => {
      const place = placeOf(want);
      const kept = isSet.has(place) || this.#isDue(want, setAtMicros) ? undefined : this.#leases.get(place);
      const lease = isSet.get(place) === true ? { lifetimeSeconds: want.lifetimeSeconds, setAtMicros } : kept;
      return lease === undefined ? [] : [[place, lease]];
    });
    return new Map(leases);
  }

  /** Makes one change. @returns the errno's name when it was refused. */
  #attempt({ kind, linkIndex, address }: AddressChange): string | undefined {
    try {
      if (kind === "remove") this.#kernel.removeAddress(linkIndex, address);
      else if (kind === "renew") this.#kernel.renewAddress(linkIndex, address);
      else this.#kernel.addAddress(linkIndex, address);
      return undefined;
    } catch (error) {
      if (!isKernelError(error)) throw error;
      // Somebody was faster, or the interface left with its addresses: gone is what it should be.
      const isGone = error.code === "EADDRNOTAVAIL" || error.code === "ENODEV";
      return kind === "remove" && isGone ? undefined : error.code;
    }
  }
}

function placeOf({ linkIndex, address }: { readonly linkIndex: number; readonly address: string }): string {
  return `${address} on ${linkIndex}`;
}

function dueMicros({ lifetimeSeconds, setAtMicros }: Lease): number | undefined {
  return lifetimeSeconds === undefined ? undefined : renewalDueMicros(setAtMicros, lifetimeSeconds);
}

/** `add 10.25.0.10/32 on eth0` */
export function nameOf({ kind, address, linkName }: AddressChange): string {
  return `${kind} ${address.address}/${address.prefixLength} on ${linkName}`;
}
