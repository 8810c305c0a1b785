/**
 * What the peer link does to elections, without connections: a master that is gone is known to be so before its silence
 * tells, and a role that is given up goes to the best of those who are ready. See agent/daemon/peerBridge.ts for the real one.
 */
import type { AgentConfig } from "../config/schema/document.ts";
import type { ParticipantEvent } from "../participant/participant.ts";
import type { NodeState, VirtualRouterState } from "../virtualRouter/nodeState.ts";

/** Something that a node hears over its peer link. */
export interface Word {
  readonly atMicros: number;
  readonly node: string;
  readonly virtualRouter: string;
  readonly event: ParticipantEvent;
}

/** One way, with what both processes need: about what was measured on one machine. */
const WORD_MICROS = 1_000;

export class PeerLinkModel {
  readonly #configs: ReadonlyMap<string, AgentConfig>;
  readonly #nodeStates = new Map<string, NodeState>();

  constructor(configs: readonly AgentConfig[]) {
    this.#configs = new Map(configs.map((config) => [config.node, config]));
  }

  /** A node's standing is now this one. @returns what others hear of it. */
  follow(nodeState: NodeState, nowMicros: number): readonly Word[] {
    const before = this.#nodeStates.get(nodeState.node);
    this.#nodeStates.set(nodeState.node, nodeState);
    return nodeState.virtualRouters.flatMap((router) => {
      const was = before?.virtualRouters.find(({ config }) => config.name === router.config.name)?.role;
      if (router.role === "resigning" && was !== "resigning") return this.#offer(nodeState.node, router, nowMicros);
      if (router.role === "initialize" && was === "master") {
        return this.#linked(nodeState.node).map((node) => bereavement(node, router, nowMicros + WORD_MICROS));
      }
      return [];
    });
  }

  /** A node is gone, and its kernel with it: it is missed when its heartbeats are. @returns what others hear of it. */
  lose(lost: string, nowMicros: number): readonly Word[] {
    const routers = this.#nodeStates.get(lost)?.virtualRouters ?? [];
    const words = this.#linked(lost).flatMap((node) => {
      const link = this.#configs.get(node)?.peerLink;
      if (link === undefined) return [];
      return routers.map((router) => bereavement(node, router, nowMicros + link.heartbeat * link.missed));
    });
    this.#nodeStates.delete(lost);
    return words;
  }

  #offer(from: string, { config: { name } }: VirtualRouterState, nowMicros: number): readonly Word[] {
    const heirs = this.#linked(from).flatMap((node) => {
      const router = this.#nodeStates.get(node)?.virtualRouters.find(({ config }) => config.name === name);
      return router?.role === "backup" ? [{ node, preference: router.preference }] : [];
    });
    const successor = heirs.toSorted((a, b) => b.preference - a.preference)[0]?.node;
    if (successor === undefined) return [];
    return [{ atMicros: nowMicros + WORD_MICROS, node: successor, virtualRouter: name, event: { kind: "succeed" } }];
  }

  /** The other nodes whose peer link leads to a node and back. */
  #linked(node: string): string[] {
    const knows = (one: string, other: string): boolean =>
      this.#configs.get(one)?.peerLink?.peers.some((peer) => peer.node === other) ?? false;
    return [...this.#nodeStates.keys()].filter((other) => knows(node, other) && knows(other, node));
  }
}

function bereavement(node: string, { config }: VirtualRouterState, atMicros: number): Word {
  return { atMicros, node, virtualRouter: config.name, event: { kind: "peer-lost", from: config.sourceAddress } };
}
