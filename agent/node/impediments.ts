/** What keeps virtual routers from being master: checks and operators, this machine, and the other members of their sync group. */
import type { SyncGroupConfig } from "../config/schema/document.ts";
import { ELIGIBLE, type Eligibility } from "../virtualRouter/eligibility.ts";
import type { VirtualRouter } from "../virtualRouter/virtualRouter.ts";
import type { RouterSet } from "./routerSet.ts";
import { type GroupOrder, ordersOf } from "./syncGroups.ts";

/** Groups that contain each other in a ring of orders would never be silent; theirs is a handful of rounds. */
const MAX_GROUP_ROUNDS = 16;

export class Impediments {
  readonly #routers: RouterSet;
  #groups: readonly SyncGroupConfig[];
  /** What checks and operators say, by virtual router; one that is not named is eligible. */
  #claims: ReadonlyMap<string, Eligibility> = new Map();
  /** Held back for the sake of their group, by name. */
  readonly #heldByGroup = new Set<string>();

  constructor(routers: RouterSet, groups: readonly SyncGroupConfig[]) {
    this.#routers = routers;
    this.#groups = groups;
  }

  set claims(claims: ReadonlyMap<string, Eligibility>) {
    this.#claims = claims;
  }

  set groups(groups: readonly SyncGroupConfig[]) {
    this.#groups = groups;
    const grouped = groups.flatMap(({ members }) => members);
    for (const name of this.#heldByGroup) if (!grouped.includes(name)) this.#heldByGroup.delete(name);
  }

  /** Tells every virtual router what hinders it: its own reasons first, then this machine's, then its group's. */
  impose(nowMicros: number, routers: readonly VirtualRouter[] = this.#routers.current): void {
    for (const router of routers) {
      const own = this.#claims.get(router.name) ?? ELIGIBLE;
      const byGroup = this.#heldByGroup.has(router.name) ? "sync-group" : undefined;
      router.setEligibility({ ...own, held: own.held ?? router.heldByMachine ?? byGroup }, nowMicros);
    }
  }

  /** Makes the members of each sync group agree. */
  agree(nowMicros: number): void {
    if (this.#groups.length === 0) return;
    for (let round = 0; round < MAX_GROUP_ROUNDS; round++) {
      const members = new Map(this.#routers.current.map((router) => [router.name, router.member()]));
      const orders = this.#groups.flatMap((group) =>
        ordersOf(
          group,
          group.members.flatMap((name) => members.get(name) ?? []),
        ),
      );
      if (orders.length === 0) return;
      for (const order of orders) this.#obey(order, nowMicros);
    }
  }

  #obey({ kind, name }: GroupOrder, nowMicros: number): void {
    if (kind === "hold-back") this.#heldByGroup.add(name);
    if (kind === "readmit") this.#heldByGroup.delete(name);
    if (kind === "hold-back" || kind === "readmit") this.impose(nowMicros);
    else for (const router of this.#routers.current) if (router.name === name) router.step({ kind }, nowMicros);
  }
}
