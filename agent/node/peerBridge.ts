/**
 * Between the peer link and the elections: tells the others what this node's virtual routers are, tells the elections
 * which master is gone, and passes the role on without a pause when it is given up.
 */
import type { PeerLinkConfig } from "../config/document.ts";
import { PeerLink } from "../peers/peerLink.ts";
import type { PeerEvents, PeerView, RouterView } from "../peers/view.ts";
import type { Log } from "./log.ts";
import type { Standing, VirtualRouterStanding } from "./standing.ts";
import type { PeerLinkStatus } from "./status.ts";
import type { Happening } from "./threadMessages.ts";

/** What the bridge does to the elections. */
export type Happen = (happening: Happening) => void;

export class PeerBridge {
  readonly #happen: Happen;
  readonly #log: Log;
  readonly #link: PeerLink;
  /** Who is to succeed, by virtual router, when an operator named somebody. */
  readonly #heirs = new Map<string, string>();
  #standing: Standing | undefined;
  /** What each peer said of its virtual routers before. */
  readonly #lastViews = new Map<string, readonly RouterView[]>();

  /** @param groupDigest of what must be the same in the whole group. */
  constructor(config: PeerLinkConfig, node: string, groupDigest: string, happen: Happen, log: Log) {
    this.#happen = happen;
    this.#log = log;
    this.#link = new PeerLink(config, { node, groupDigest }, this.#events());
  }

  start(): Promise<void> {
    return this.#link.start();
  }

  stop(reason: string): Promise<void> {
    return this.#link.stop(reason);
  }

  reconfigure(config: PeerLinkConfig, groupDigest: string): Promise<void> {
    return this.#link.reconfigure(config, groupDigest);
  }

  setProtocolAlive(isAlive: boolean): void {
    this.#link.setProtocolAlive(isAlive);
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
    this.#link.publish(standing.virtualRouters.map(viewOf));
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
      lost: (peer, why) => {
        bereave(peer, peer.routers);
        this.#log.warn({ peer: peer.node, why }, "peer lost");
      },
      back: (peer) => {
        this.#log.info({ peer: peer.node }, "peer connected");
      },
      left: (peer, reason) => {
        this.#log.info({ peer: peer.node, reason }, "peer left");
      },
      changed: (peer) => {
        bereave(peer, fallen(this.#lastViews.get(peer.node) ?? [], peer.routers));
      },
      offered: (from, virtualRouter) => {
        this.#happen({ event: { kind: "succeed" }, virtualRouter });
        this.#log.info({ peer: from.node, virtualRouter }, "succession offered");
      },
      accepted: (from, virtualRouter) => {
        this.#log.debug({ peer: from.node, virtualRouter }, "succession accepted");
      },
      mismatch: (peer, what) => {
        this.#log.error({ peer: peer.node, what }, "peer does not match this node");
      },
      log: (level, message, fields) => {
        this.#log[level](fields, message);
      },
    };
  }
}

/** What must be told of a virtual router of this node. */
function viewOf({ config, role, preference }: VirtualRouterStanding): RouterView {
  const { name, protocol, virtualRouterId, sourceAddress } = config;
  return { name, protocol, virtualRouterId, sourceAddress, role, preference };
}

/** The peer that is preferred most of those that are ready to be master. */
function bestHeir(peers: readonly PeerView[], virtualRouter: string): string | undefined {
  const heirs = peers.flatMap(({ node, state, protocolAlive, routers }) =>
    routers
      .filter(({ name, role }) => state === "connected" && protocolAlive && name === virtualRouter && role === "backup")
      .map(({ preference }) => ({ node, preference })),
  );
  return heirs.toSorted((a, b) => b.preference - a.preference)[0]?.node;
}

/** Masters that take no part any more, though nobody took over from them: their link is gone, or the node fell ill. */
function fallen(before: readonly RouterView[], after: readonly RouterView[]): readonly RouterView[] {
  return after.filter(
    ({ name, role }) => role === "initialize" && before.some((was) => was.name === name && was.role === "master"),
  );
}
