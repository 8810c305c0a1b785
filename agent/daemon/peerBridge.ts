/**
 * Between the peer link and the elections: tells the others what this node's virtual routers are, tells the elections
 * which master is gone, and passes the role on without a pause when it is given up.
 */
import { virtualRouterDigest } from "../config/digest.ts";
import type { PeerLinkConfig, SyncGroupConfig } from "../config/schema/document.ts";
import type { Log } from "../logging/log.ts";
import { LogLimit } from "../logging/rateLimit.ts";
import type { PeerLinkStatus } from "../operator/agentStatus.ts";
import { SecondMasters, secondMasterWords } from "../operator/secondMasters.ts";
import { DeadlineTimer } from "../peers/deadlineTimer.ts";
import { PeerLink } from "../peers/peerLink.ts";
import type { PeerEvents, PeerView, RouterView } from "../peers/protocol/view.ts";
import type { RouterEvent } from "../virtualRouter/eligibility.ts";
import type { NodeState, VirtualRouterState } from "../virtualRouter/nodeState.ts";
import { bestSuccessor, formerMasters } from "./successor.ts";

/** What the bridge does to the elections. */
export type Happen = (event: RouterEvent) => void;

const MICROS_PER_MS = 1_000;
const nowMicros = (): number => performance.now() * MICROS_PER_MS;

export class PeerBridge {
  readonly #node: string;
  readonly #happen: Happen;
  readonly #log: Log;
  readonly #link: PeerLink;
  readonly #groupChanged: () => void;
  /** Who is to succeed, by virtual router, when an operator named somebody. */
  readonly #heirs = new Map<string, string>();
  #syncGroups: readonly SyncGroupConfig[];
  #nodeState: NodeState | undefined;
  #views = new WeakMap<VirtualRouterState, RouterView>();
  /** What each peer said of its virtual routers before. */
  readonly #lastViews = new Map<string, readonly RouterView[]>();
  readonly #secondMasters = new SecondMasters();
  readonly #secondMasterAlarm = new DeadlineTimer(nowMicros, () => {
    this.#lookForSecondMasters();
  });
  readonly #logLimit = new LogLimit();

  /** @param groupChanged called when a peer came, went, or says another thing of itself; the elections were told before. */
  constructor(
    config: PeerLinkConfig,
    node: string,
    syncGroups: readonly SyncGroupConfig[],
    happen: Happen,
    log: Log,
    groupChanged: () => void,
  ) {
    this.#node = node;
    this.#happen = happen;
    this.#groupChanged = () => {
      this.#lookForSecondMasters();
      groupChanged();
    };
    this.#log = log;
    this.#syncGroups = syncGroups;
    this.#link = new PeerLink(config, node, this.#events());
  }

  start(): Promise<void> {
    return this.#link.start();
  }

  stop(reason: string): Promise<void> {
    this.#secondMasterAlarm.set(Infinity);
    return this.#link.stop(reason);
  }

  reconfigure(config: PeerLinkConfig, syncGroups: readonly SyncGroupConfig[]): Promise<void> {
    this.#syncGroups = syncGroups;
    this.#views = new WeakMap();
    if (this.#nodeState !== undefined) this.publish(this.#nodeState);
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
    const secondMasters = this.#secondMasters.overdue(nowMicros());
    return { peers: this.#link.peers(), refusals: this.#link.refusals(), secondMasters };
  }

  /** This node took a virtual router over from a master that was asked whether it lives and did not answer. */
  succeeded(virtualRouter: string): void {
    this.#link.confirmLoss(virtualRouter);
  }

  /** The next time this virtual router is given up, this node is to have it. */
  nameHeir(virtualRouter: string, node: string): void {
    this.#heirs.set(virtualRouter, node);
  }

  /** Tells the others what there is, and asks the best of them to succeed where this node resigns. */
  publish(nodeState: NodeState): void {
    const before = new Map(this.#nodeState?.virtualRouters.map(({ config, role }) => [config.name, role]));
    this.#nodeState = nodeState;
    this.#link.publish(nodeState.virtualRouters.map((router) => this.#viewOf(router)));
    for (const router of nodeState.virtualRouters)
      if (router.role === "resigning" && before.get(router.config.name) !== "resigning") this.#offer(router);
    this.#lookForSecondMasters();
  }

  /** The digest in it takes longer than everything else that an event costs, so it is made once. */
  #viewOf(router: VirtualRouterState): RouterView {
    const view = this.#views.get(router) ?? viewOf(router, this.#syncGroups);
    this.#views.set(router, view);
    return view;
  }

  #lookForSecondMasters(): void {
    const at = nowMicros();
    this.#secondMasters.follow(this.#node, this.#nodeState?.virtualRouters ?? [], this.#link.peers(), at);
    for (const second of this.#secondMasters.takeOverdue(at)) {
      const remedy = "check security groups, firewalls, `peers`, keys and clocks; `dropped` in the status says more";
      this.#log.error({ virtualRouter: second.virtualRouter, peer: second.node, remedy }, secondMasterWords(second));
    }
    this.#secondMasterAlarm.set(this.#secondMasters.deadlineMicros());
  }

  #offer({ config }: VirtualRouterState): void {
    const { name } = config;
    const successor = this.#heirs.get(name) ?? bestSuccessor(this.#link.peers(), name);
    this.#heirs.delete(name);
    if (successor === undefined || !this.#link.offer(successor, name)) return;
    this.#log.info({ virtualRouter: name, successor: successor }, "asked to succeed");
  }

  #has(virtualRouter: string): boolean {
    return this.#nodeState?.virtualRouters.some(({ config }) => config.name === virtualRouter) ?? false;
  }

  #events(): PeerEvents {
    const bereave = (peer: PeerView, routers: readonly RouterView[]): void => {
      for (const { name, sourceAddress } of routers) {
        this.#happen({ event: { kind: "peer-lost", from: sourceAddress }, virtualRouter: name });
      }
      this.#lastViews.set(peer.node, peer.routers);
    };
    return {
      suspected: (peer) => {
        bereave(peer, peer.routers);
      },
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
        bereave(peer, formerMasters(this.#lastViews.get(peer.node) ?? [], peer.routers));
        this.#groupChanged();
      },
      offered: (from, virtualRouter) => {
        // A name that is not here is nobody's, and no peer fills the log.
        if (!this.#has(virtualRouter)) return;
        this.#happen({ event: { kind: "succeed" }, virtualRouter });
        const suppressed = this.#logLimit.admit(`offered ${from.node} ${virtualRouter}`, nowMicros());
        if (suppressed === undefined) return;
        this.#log.info({ peer: from.node, virtualRouter, suppressed }, "succession offered");
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
function viewOf({ config, role, preference }: VirtualRouterState, syncGroups: readonly SyncGroupConfig[]): RouterView {
  const { name, protocol, virtualRouterId, sourceAddress } = config;
  const digest = virtualRouterDigest(config, syncGroups);
  return { name, protocol, virtualRouterId, sourceAddress, role, preference, digest };
}
