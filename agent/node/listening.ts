/** Which sockets a node has, and whom they hear: everybody, or in a flood the configured senders alone. */
import type { AgentConfig, VirtualRouterConfig } from "../config/schema/document.ts";
import { FloodGuard } from "./floodGuard.ts";
import type { NetworkState } from "./networkState.ts";
import type { RouterSet } from "./routerSet.ts";

export class Listening {
  readonly #networkState: NetworkState;
  readonly #routers: RouterSet;
  readonly #floodGuard = new FloodGuard();
  /** A peer that suspects a master asks it by unicast, whatever the group does. */
  #isAsked: boolean;

  constructor(networkState: NetworkState, routers: RouterSet, config: AgentConfig) {
    this.#networkState = networkState;
    this.#routers = routers;
    this.#isAsked = config.peerLink !== undefined;
  }

  set config({ peerLink }: AgentConfig) {
    this.#isAsked = peerLink !== undefined;
  }

  /** Whether only the configured senders are heard. */
  get isFlooded(): boolean {
    return this.#floodGuard.isClosed;
  }

  /** Has the sockets that the virtual routers need, on the links as they are now. */
  open(nowMicros: number): void {
    this.#networkState.open(this.#needs(), nowMicros);
    if (this.isFlooded) this.#networkState.hearOnly(this.#needs());
  }

  /** A packet was of no use. @returns whether it was one too many: from now on few are heard. */
  refuse(nowMicros: number): boolean {
    if (!this.#floodGuard.refuse(nowMicros)) return false;
    this.#networkState.hearOnly(this.#needs());
    return true;
  }

  /** Hears everybody again when a flood has had its time. */
  tick(nowMicros: number): void {
    if (this.#floodGuard.reopen(nowMicros)) this.#networkState.hearEverybody();
  }

  deadline(): number | undefined {
    return this.#floodGuard.deadline();
  }

  #needs(): readonly VirtualRouterConfig[] {
    return this.#routers.present.flatMap(({ config }) =>
      this.#isAsked && config.multicast ? [config, { ...config, multicast: false }] : [config],
    );
  }
}
