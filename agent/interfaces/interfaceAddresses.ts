/** Carries out the claim on the addresses: makes the interfaces what the plan says, and renews the leases. */

import { isKernelError } from "../linux/system/kernelError.ts";
import { type AddressChange, planAddresses, type WantedAddress } from "./addressPlan.ts";
import type { FailedOperations } from "./failedOperations.ts";
import { type Kernel, type Link } from "./kernel.ts";
import { renewalDueMicros } from "./lease.ts";

const MICROS_PER_SECOND = 1_000_000;

interface Lease {
  readonly place: string;
  readonly lifetimeSeconds: number | undefined;
  readonly setAtMicros: number;
}

export class InterfaceAddresses {
  readonly #kernel: Kernel;
  readonly #failedOperations: FailedOperations;
  /** What this life set, by address: each is in one place. */
  readonly #leases = new Map<string, Lease>();
  /** The errno by change and by address. */
  readonly #refused = new Map<string, Map<string, string>>();
  /** No lease is due before; Infinity: none ever is. */
  #dueMicros = Infinity;

  constructor(kernel: Kernel, failedOperations: FailedOperations) {
    this.#kernel = kernel;
    this.#failedOperations = failedOperations;
  }

  /**
   * Makes the interfaces hold what is wanted and nothing else of what the agent set.
   * @param concerned of these addresses alone; undefined: of all.
   * @returns the changes that were made, renewals left out.
   */
  reconcile(
    wanted: readonly WantedAddress[],
    links: readonly Link[],
    nowMicros: number,
    concerned?: ReadonlySet<string>,
  ): AddressChange[] {
    const isDue = (want: WantedAddress): boolean => this.#isDue(want, nowMicros);
    const plan = planAddresses(wanted, links, isDue, concerned).map((change) =>
      this.#isRemovedByOthers(change, nowMicros) ? { ...change, isRepair: true } : change,
    );
    for (const address of concerned ?? [...this.#refused.keys()]) this.#refused.delete(address);
    const made = plan.filter((change) => {
      const code = this.#attempt(change);
      if (code !== undefined) this.#noteRefusal(change, code);
      return code === undefined;
    });
    const refused = [...this.#refused.values()].flatMap((codes) => [...codes]);
    this.#failedOperations.replace("addresses", new Map(refused), nowMicros);
    this.#lease(wanted, plan, made, nowMicros, concerned);
    return made.filter(({ kind }) => kind !== "renew");
  }

  /** When the next lease may have to be renewed: not later than that. */
  deadline(): number | undefined {
    return this.#dueMicros === Infinity ? undefined : this.#dueMicros;
  }

  /** The addresses whose leases are to be renewed now. */
  due(nowMicros: number): readonly string[] {
    if (this.#dueMicros > nowMicros) return [];
    const over: string[] = [];
    this.#dueMicros = Infinity;
    for (const [address, lease] of this.#leases) {
      const atMicros = dueMicros(lease);
      if (atMicros <= nowMicros) over.push(address);
      else this.#dueMicros = Math.min(this.#dueMicros, atMicros);
    }
    return over;
  }

  /** An address that is missing before its lease is over did not go by itself. */
  #isRemovedByOthers({ kind, linkIndex, address }: AddressChange, nowMicros: number): boolean {
    const lease = kind === "add" ? this.#leases.get(address.address) : undefined;
    if (lease?.place !== placeOf({ linkIndex, ...address })) return false;
    const { lifetimeSeconds = Infinity, setAtMicros } = lease;
    return nowMicros < setAtMicros + lifetimeSeconds * MICROS_PER_SECOND;
  }

  /** One that was found, or whose lifetime was configured anew, is set once; then it is renewed in time. */
  #isDue(want: WantedAddress, nowMicros: number): boolean {
    const lease = this.#leases.get(want.address);
    if (lease?.place !== placeOf(want) || lease.lifetimeSeconds !== want.lifetimeSeconds) return true;
    return dueMicros(lease) <= nowMicros;
  }

  /**
   * Keeps the leases of what is wanted: those just set, and those that were not due. What was refused has none, so that
   * it is tried again in its own time; nor has what is somebody else's by now, or is wanted no longer, which may have
   * gone without being taken off.
   */
  #lease(
    wanted: readonly WantedAddress[],
    plan: readonly AddressChange[],
    made: readonly AddressChange[],
    setAtMicros: number,
    concerned: ReadonlySet<string> | undefined,
  ): void {
    const isMade = new Set(made);
    const isSet = new Map(
      plan.flatMap((change) =>
        change.kind === "remove" ? [] : [[change.address.address, isMade.has(change)] as const],
      ),
    );
    const isKept = (want: WantedAddress): boolean => !isSet.has(want.address) && !this.#isDue(want, setAtMicros);
    const kept = new Set(wanted.filter(isKept).map(({ address }) => address));
    for (const address of concerned ?? [...this.#leases.keys()]) if (!kept.has(address)) this.#leases.delete(address);
    for (const want of wanted) {
      if (isSet.get(want.address) !== true) continue;
      const lease = { place: placeOf(want), lifetimeSeconds: want.lifetimeSeconds, setAtMicros };
      this.#leases.set(want.address, lease);
      this.#dueMicros = Math.min(this.#dueMicros, dueMicros(lease));
    }
    if (this.#leases.size === 0) this.#dueMicros = Infinity;
  }

  #noteRefusal(change: AddressChange, code: string): void {
    const { address } = change.address;
    const codes = this.#refused.get(address) ?? new Map<string, string>();
    this.#refused.set(address, codes.set(nameOf(change), code));
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

function placeOf({
  linkIndex,
  address,
  prefixLength,
}: Pick<WantedAddress, "linkIndex" | "address" | "prefixLength">): string {
  return `${address}/${prefixLength} on ${linkIndex}`;
}

/** Infinity: without a lifetime. */
function dueMicros({ lifetimeSeconds, setAtMicros }: Lease): number {
  return lifetimeSeconds === undefined ? Infinity : renewalDueMicros(setAtMicros, lifetimeSeconds);
}

/** `add 10.25.0.10/32 on eth0` */
export function nameOf({ kind, address, linkName }: AddressChange): string {
  return `${kind} ${address.address}/${address.prefixLength} on ${linkName}`;
}
