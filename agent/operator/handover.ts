/** Whether a handover can be carried out, by what this node knows of itself and of its peers. */

import type { VirtualRouterStatus } from "../virtualRouter/status.ts";
import type { AgentStatus } from "./agentStatus.ts";
import type { HandoverOrder, HandoverResult, Refusal } from "./orders.ts";

type Known = Pick<AgentStatus, "node" | "virtualRouters" | "peerLink">;

/** What is to be handed over and to whom, or why nothing is. A role that nobody takes comes back by itself. */
export function planHandover({ virtualRouter, to }: HandoverOrder, known: Known): HandoverResult | Refusal {
  const routers = known.virtualRouters.filter(({ name, role }) =>
    virtualRouter === undefined ? role === "master" : name === virtualRouter,
  );
  const problems = [
    ...(routers.length === 0 ? [nothingToGive(virtualRouter, known)] : []),
    ...routers.filter(({ role }) => role !== "master").map((router) => notMaster(router, known)),
    ...(to === undefined ? [] : routers.flatMap(({ name }) => unfitHeir(to, name, known) ?? [])),
  ];
  if (problems.length > 0) return { problems };
  return { handedOver: routers.map(({ name }) => name), to: to ?? null };
}

function nothingToGive(virtualRouter: string | undefined, { node, virtualRouters }: Known): string {
  if (virtualRouter === undefined) return `${node} is master of nothing: there is nothing to hand over`;
  const names = virtualRouters.map(({ name }) => name).join(", ");
  return `"${virtualRouter}" is no virtual router of ${node}: write one of ${names}`;
}

function notMaster({ name, role, masterAddress }: VirtualRouterStatus, { node }: Known): string {
  const where = masterAddress === null ? "on its master" : `on its master, ${masterAddress}`;
  return `${node} is not master of ${name} but in the role ${role}: hand over ${where}`;
}

/** Why a node cannot be the heir that was named; undefined when it can. */
function unfitHeir(to: string, virtualRouter: string, { node, peerLink }: Known): string | undefined {
  if (to === node) return `${to} is this node: name another one`;
  if (peerLink === null) {
    return "without a peer link nobody can be told to succeed: configure one, or leave --to out and let priorities decide";
  }
  const peer = peerLink.peers.find((other) => other.node === to);
  if (peer === undefined) {
    return `"${to}" is no peer of ${node}: write one of ${peerLink.peers.map((other) => other.node).join(", ")}`;
  }
  if (peer.state !== "connected") return `${to} cannot be told: its peer link is ${peer.state}`;
  if (!peer.protocolAlive) return `the protocols of ${to} hang: it cannot succeed`;
  const router = peer.routers.find(({ name }) => name === virtualRouter);
  if (router === undefined) return `${to} has no virtual router "${virtualRouter}"`;
  if (router.role === "backup") return undefined;
  return `${to} is not ready to be master of ${virtualRouter}: its role is ${router.role}, not backup`;
}
