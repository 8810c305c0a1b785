/** What follows when an address came to an interface or left it: announcements, lines of the log, neighbours led elsewhere. */
import type { AddressChange } from "../interfaces/addressPlan.ts";
import { nameOf } from "../interfaces/interfaceAddresses.ts";
import type { LimitedLog } from "../logging/rateLimit.ts";
import type { VirtualRouter } from "../virtualRouter/virtualRouter.ts";
import type { NetworkState } from "./networkState.ts";
import type { RouterSet } from "./routerSet.ts";

export class AddressChanges {
  readonly #routers: RouterSet;
  readonly #networkState: NetworkState;
  readonly #log: LimitedLog;

  constructor(routers: RouterSet, networkState: NetworkState, log: LimitedLog) {
    this.#routers = routers;
    this.#networkState = networkState;
    this.#log = log;
  }

  follow(change: AddressChange, nowMicros: number): void {
    const routers = this.#routers.having(change.address.address);
    const holder = change.kind === "add" ? routers.find(({ ownsAddresses: isHolding }) => isHolding) : undefined;
    holder?.announceAgain(nowMicros);
    if (change.isRepair === true) this.#noteRepair(change, holder, nowMicros);
    else this.#log.line("info", nameOf(change));
    if (change.kind === "remove") this.#redirect(change, nowMicros);
  }

  /** What another master has now, neighbours are to find there. */
  #redirect({ linkIndex, address: { address } }: AddressChange, nowMicros: number): void {
    const router = this.#routers.having(address).find(({ followsMaster }) => followsMaster);
    if (router === undefined) return;
    this.#networkState.redirect({ virtualRouter: router.name, address, linkIndex }, nowMicros);
  }

  #noteRepair({ address, linkName }: AddressChange, holder: VirtualRouter | undefined, nowMicros: number): void {
    const text = `${address.address}/${address.prefixLength}`;
    const repairs = holder?.counting.repaired() ?? 0;
    const fields = { virtualRouter: holder?.name ?? "", repairs };
    const message = `${text} was removed from ${linkName} by somebody else, and is put back`;
    this.#log.warn(`repair ${text}`, message, fields, nowMicros);
  }
}
