/** The virtual routers of a node: those of its configuration, those that leave, and which of them has an address. */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { VirtualRouter } from "../virtualRouter/virtualRouter.ts";

/** What another configuration made of them. */
export interface Replacement {
  readonly added: readonly VirtualRouter[];
  /** They go on handing over until they left. */
  readonly removed: readonly VirtualRouter[];
  readonly changed: readonly VirtualRouter[];
}

export class RouterSet {
  readonly #create: (config: VirtualRouterConfig) => VirtualRouter;
  #current: readonly VirtualRouter[];
  /** Taken out of the configuration, but still handing over. */
  #leaving: readonly VirtualRouter[] = [];
  #byAddress: ReadonlyMap<string, readonly VirtualRouter[]> = new Map();

  constructor(configs: readonly VirtualRouterConfig[], create: (config: VirtualRouterConfig) => VirtualRouter) {
    this.#create = create;
    this.#current = configs.map(create);
    this.#index();
  }

  /** Those of the configuration. */
  get current(): readonly VirtualRouter[] {
    return this.#current;
  }

  /** The same, and those that still hand over. */
  get present(): readonly VirtualRouter[] {
    return this.#leaving.length === 0 ? this.#current : [...this.#current, ...this.#leaving];
  }

  get isAnyLeaving(): boolean {
    return this.#leaving.length > 0;
  }

  /** Those that have a shared address by their configuration; two only while one of them leaves. */
  having(address: string): readonly VirtualRouter[] {
    return this.#byAddress.get(address) ?? [];
  }

  /** Takes over another configuration; one that is the same in both stays what it is. */
  replace(configs: readonly VirtualRouterConfig[]): Replacement {
    const before = new Map(this.#current.map((router) => [identityOf(router), router]));
    const added: VirtualRouter[] = [];
    const changed: VirtualRouter[] = [];
    this.#current = configs.map((config) => {
      const known = before.get(identityOf(config));
      before.delete(identityOf(config));
      if (known?.reconfigure(config) === true) changed.push(known);
      if (known !== undefined) return known;
      // One that still leaves and is wanted again ends here: its addresses go, and it starts as a backup.
      this.#leaving = this.#leaving.filter((router) => identityOf(router) !== identityOf(config));
      const router = this.#create(config);
      added.push(router);
      return router;
    });
    const removed = [...before.values()];
    this.#leaving = [...this.#leaving, ...removed];
    this.#index();
    return { added, removed, changed };
  }

  /** Forgets those that have handed everything over. */
  forgetLeft(): void {
    this.#leaving = this.#leaving.filter(({ role }) => role !== "initialize");
  }

  #index(): void {
    const index = new Map<string, readonly VirtualRouter[]>();
    for (const router of this.present)
      for (const address of router.addresses) index.set(address, [...(index.get(address) ?? []), router]);
    this.#byAddress = index;
  }
}

type Identity = Pick<VirtualRouterConfig, "protocol" | "virtualRouterId" | "sourceAddress">;

/** What makes a virtual router the same one under another configuration: protocol, id, and its segment told by the own address. */
function identityOf({ protocol, virtualRouterId, sourceAddress }: Identity): string {
  return `${protocol} ${virtualRouterId} on ${sourceAddress}`;
}
