/**
 * Between the peer link and the elections: tells the others what this node's virtual routers are, tells the elections
 * which master is gone, and passes the role on without a pause when it is given up.
 */
import { virtualRouterDigest } from "../config/digest.ts";
import type { PeerLinkConfig, SyncGroupConfig } from "../config/document.ts";
import { PeerLink } from "../peers/peerLink.ts";
import type { PeerEvents, PeerView, RouterView } from "../peers/view.ts";
import type { Log } from "./log.ts";
import type { Standing, VirtualRouterStanding } from "./standing.ts";
import type { PeerLinkStatus } from "./status.ts";
import { bestHeir, fallen } from "./succession.ts";
import type { Happening } from "./threadMessages.ts";

/** What the bridge does to the elections. */
export type Happen = (happening: Happening) => void;

export class PeerBridge {
  readonly #happen: Happen;
  readonly #log: Log;
  readonly #link: PeerLink;
  readonly #groupChanged: () => void;
  /** Who is to succeed, by virtual router, when an operator named somebody. */
  readonly #heirs = new Map<string, string>();
  #syncGroups: readonly SyncGroupConfig[];
  #standing: Standing | undefined;
  /** What each peer said of its virtual routers before. */
  readonly #lastViews = new Map<string, readonly RouterView[]>();

  /** @param groupChanged called when a peer came, went, or says another thing of itself; the elections were told before. */
  constructor(
    config: PeerLinkConfig,
    node: string,
    syncGroups: readonly SyncGroupConfig[],
    happen: Happen,
    log: Log,
    groupChanged: () => void,
  ) {
    this.#happen = happen;
    this.#groupChanged = groupChanged;
    this.#log = log;
    this.#syncGroups = syncGroups;
    this.#link = new PeerLink(config, node, this.#events());
  }

  start(): Promise<void> {
    return this.#link.start();
  }

  stop(reason: string): Promise<void> {
    return this.#link.stop(reason);
  }

  reconfigure(config: PeerLinkConfig, syncGroups: readonly SyncGroupConfig[]): Promise<void> {
    this.#syncGroups = syncGroups;
    if (this.#standing !== undefined) this.publish(this.#standing);
    return this.#link.reconfigure(config);
  }

  setProtocolAlive(isAlive: boolean): void {
    this.#link.setProtocolAlive(isAlive);
  }

  describeMachine(machine: Parameters<PeerLink["describeMachine"]>[0]): void {
    this.#link.describeMachine(machine);
  }

  peers(): readonly PeerView[] {
    return this.#link.peers();
  }

  status(): PeerLinkStatus {
    return { peers: this.#link.peers(), refusals: this.#link.refusals() };
  }

  /** The next time this virtual router is given up, this node is to have it. */
  nameHeir(virtualRouter: string, node: string): void {
    this.#heirs.set(virtualRouter, node);
  }

  /** Tells the others what there is, and asks the best of them to succeed where this node resigns. */
  publish(standing: Standing): void {
    const before = this.#standing;
    this.#standing = standing;
    this.#link.publish(standing.virtualRouters.map((router) => viewOf(router, this.#syncGroups)));
    for (const router of standing.virtualRouters) {
      const { name } = router.config;
      const was = before?.virtualRouters.find(({ config }) => config.name === name)?.role;
      if (router.role === "resigning" && was !== "resigning") this.#offer(router);
    }
  }

  #offer({ config }: VirtualRouterStanding): void {
    const { name } = config;
    const heir = this.#heirs.get(name) ?? bestHeir(this.#link.peers(), name);
    this.#heirs.delete(name);
    if (heir === undefined || !this.#link.offer(heir, name)) return;
    this.#log.info({ virtualRouter: name, successor: heir }, "asked to succeed");
  }

  #events(): PeerEvents {
    const bereave = (peer: PeerView, routers: readonly RouterView[]): void => {
      for (const { name, sourceAddress } of routers) {
        this.#happen({ event: { kind: "peer-lost", from: sourceAddress }, virtualRouter: name });
      }
      this.#lastViews.set(peer.node, peer.routers);
    };
    return {
      lost: (peer) => {
        bereave(peer, peer.routers);
        this.#groupChanged();
      },
      // Of these the link's own log tells, and the status as long as it lasts: the elections need not know.
      back: () => {
        this.#groupChanged();
      },
      left: () => {
        this.#groupChanged();
      },
      mismatch: () => undefined,
      changed: (peer) => {
        bereave(peer, fallen(this.#lastViews.get(peer.node) ?? [], peer.routers));
        this.#groupChanged();
      },
      offered: (from, virtualRouter) => {
        this.#happen({ event: { kind: "succeed" }, virtualRouter });
        this.#log.info({ peer: from.node, virtualRouter }, "succession offered");
      },
      accepted: (from, virtualRouter) => {
        this.#log.debug({ peer: from.node, virtualRouter }, "succession accepted");
      },
      log: (level, message, fields) => {
        this.#log[level](fields, message);
      },
    };
  }
}

/** What must be told of a virtual router of this node. */
function viewOf(
  { config, role, preference }: VirtualRouterStanding,
  syncGroups: readonly SyncGroupConfig[],
): RouterView {
  const { name, protocol, virtualRouterId, sourceAddress } = config;
  const digest = virtualRouterDigest(config, syncGroups);
  return { name, protocol, virtualRouterId, sourceAddress, role, preference, digest };
}
