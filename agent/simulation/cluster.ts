/** A group of nodes on a virtual clock: the agent's own code on kernels in memory, joined as their configurations say. */

import { ownEntry } from "../config/fields/ownEntry.ts";
import type { AgentConfig } from "../config/schema/document.ts";
import type { Role, Transition } from "../election/election.ts";
import { impactOf } from "../health/demotion.ts";
import { AgentNode } from "../node/node.ts";
import type { ParticipantEvent } from "../participant/participant.ts";
import type { Eligibilities, Eligibility } from "../virtualRouter/eligibility.ts";
import type { NodeReport } from "../virtualRouter/report.ts";
import { MemoryKernel } from "./memoryKernel.ts";
import { PeerLinkModel, type Word } from "./peerLinkModel.ts";
import { type Machine, Segment } from "./segment.ts";
import { type WiredLink, wire } from "./wiring.ts";

/** A node to begin with. */
export interface Member {
  readonly config: AgentConfig;
  /** Names of the checks that are failed. */
  readonly failed: readonly string[];
  /** What hinders its virtual routers besides their checks. */
  readonly hindrances: Eligibilities;
  /** Names of virtual routers that were handed over, and preempt nobody. */
  readonly deferential: readonly string[];
}

/** Something that happened; times are microseconds of the virtual clock. */
export type Occurrence = { readonly atMicros: number; readonly node: string } & (
  | ({ readonly kind: "transition"; readonly virtualRouter: string } & Transition)
  | { readonly kind: "lost" | "drained" }
  | { readonly kind: "failed"; readonly check: string }
);

interface Node extends Machine {
  readonly name: string;
  readonly member: Member;
  readonly reactor: AgentNode;
  readonly failed: Set<string>;
  isDrained: boolean;
}

/** How long a datagram takes from one machine of a network to another. */
const DELAY_MICROS = 200;

export class Cluster {
  readonly occurrences: Occurrence[] = [];
  readonly #segment: Segment;
  readonly #peerLink: PeerLinkModel;
  readonly #nodes: readonly Node[];
  readonly #lost = new Set<string>();
  /** What is said on the peer link and not heard yet. */
  #words: readonly Word[] = [];

  constructor(members: readonly Member[], delayMicros = DELAY_MICROS) {
    const configs = members.map(({ config }) => config);
    const links = wire(configs);
    this.#peerLink = new PeerLinkModel(configs);
    this.#nodes = members.map((member, index) => this.#nodeOf(member, links[index] ?? []));
    const segments = new Map(this.#nodes.map((node, index) => [node as Machine, links[index] ?? []]));
    this.#segment = new Segment(this.#nodes, {
      delayMicros: () => delayMicros,
      segmentOf: (machine, linkIndex) => segmentOf(segments.get(machine) ?? [], linkIndex),
    });
  }

  get nowMicros(): number {
    return this.#segment.nowMicros;
  }

  get nodes(): readonly string[] {
    return this.#nodes.map(({ name }) => name);
  }

  /** Starts every node at once. */
  start(): void {
    for (const node of this.#nodes) {
      node.reactor.setEligibilities(claimsOf(node), this.nowMicros);
      node.reactor.start(this.nowMicros, new Set(node.member.deferential));
    }
    this.#segment.deliver();
  }

  run(durationMicros: number): void {
    const endMicros = this.nowMicros + durationMicros;
    for (let isOver = false; !isOver; ) {
      this.#hearWords();
      const next = Math.min(endMicros, ...this.#words.map(({ atMicros }) => atMicros));
      isOver = this.#segment.advance(next) && next >= endMicros;
    }
    this.#hearWords();
    for (const node of this.#nodes) this.#segment.takeDeeds(node);
  }

  /** Runs until somebody has just spoken, at most for so long. */
  runToNextAdvertisement(limitMicros: number): void {
    const endMicros = this.nowMicros + limitMicros;
    const hasSpoken = (): boolean => this.#nodes.some(({ kernel }) => kernel.deeds.some(({ kind }) => kind === "send"));
    while (!hasSpoken() && this.nowMicros < endMicros) this.#segment.advance(endMicros);
    for (const node of this.#nodes) this.#segment.takeDeeds(node);
  }

  /** Lets something happen to a virtual router of a node. */
  happen(name: string, virtualRouter: string, event: ParticipantEvent): void {
    this.#present(name)?.reactor.dispatch(event, virtualRouter, this.nowMicros);
    this.#segment.deliver();
  }

  /** Switches a node off, without a word. */
  lose(name: string): void {
    const node = this.#present(name);
    if (node === undefined) return;
    this.#lost.add(name);
    this.#segment.remove(node);
    this.#note({ kind: "lost", node: name });
    this.#words = this.#words.filter((word) => word.node !== name);
    this.#words = [...this.#words, ...this.#peerLink.lose(name, this.nowMicros)];
  }

  /** Lets a check of a node fail. */
  fail(name: string, check: string): void {
    const node = this.#present(name);
    if (node === undefined) return;
    node.failed.add(check);
    this.#note({ kind: "failed", node: name, check });
    this.#impose(node);
  }

  /** Takes a node out of service. */
  drain(name: string): void {
    const node = this.#present(name);
    if (node === undefined) return;
    node.isDrained = true;
    this.#note({ kind: "drained", node: name });
    this.#impose(node);
  }

  /** The role of a virtual router on each node that has it and is not lost. */
  roles(virtualRouter: string): ReadonlyMap<string, Role> {
    const roles = this.#nodes.flatMap(({ name, reactor }): [string, Role][] => {
      const router = reactor.status(this.nowMicros).virtualRouters.find((other) => other.name === virtualRouter);
      return router === undefined || this.#lost.has(name) ? [] : [[name, router.role]];
    });
    return new Map(roles);
  }

  #present(name: string): Node | undefined {
    return this.#nodes.find((node) => node.name === name && !this.#lost.has(name));
  }

  #nodeOf(member: Member, links: readonly WiredLink[]): Node {
    const { node: name } = member.config;
    const kernel = new MemoryKernel(links.map(({ link }) => link));
    const reactor = new AgentNode(member.config, kernel, (report) => {
      this.#take(name, report);
    });
    return { name, member, kernel, reactor, failed: new Set(member.failed), isDrained: false };
  }

  #take(name: string, report: NodeReport): void {
    if (report.kind === "transition") {
      const { virtualRouter, from, to, reason } = report;
      this.#note({ kind: "transition", node: name, virtualRouter, from, to, reason });
    }
    if (report.kind === "standing") {
      this.#words = [...this.#words, ...this.#peerLink.follow(report.nodeState, this.nowMicros)];
    }
  }

  #note(occurrence: Unplaced<Occurrence>): void {
    this.occurrences.push({ ...occurrence, atMicros: this.nowMicros });
  }

  #impose(node: Node): void {
    node.reactor.setEligibilities(claimsOf(node), this.nowMicros);
    this.#segment.deliver();
  }

  #hearWords(): void {
    const due = this.#words.filter(({ atMicros }) => atMicros <= this.nowMicros);
    this.#words = this.#words.filter(({ atMicros }) => atMicros > this.nowMicros);
    for (const { node, virtualRouter, event } of due) this.happen(node, virtualRouter, event);
  }
}

/** Without the time, of each alternative. */
type Unplaced<Alternative> = Alternative extends Occurrence ? Omit<Alternative, "atMicros"> : never;

function segmentOf(links: readonly WiredLink[], linkIndex: number): number {
  const wired = links.find(({ link }) => link.index === linkIndex);
  // What a node made itself, a virtual MAC, is on nobody's segment.
  return wired?.segment ?? -1;
}

/** What is left of a node's claims: its checks first, then what else there is, and the operator above all. */
function claimsOf({ member, failed, isDrained }: Node): ReadonlyMap<string, Eligibility> {
  const verdicts = new Map([...failed].map((check) => [check, "failed" as const]));
  return new Map(
    member.config.virtualRouters.map(({ name, track }) => {
      const byChecks = impactOf(track, verdicts);
      const { demotion = 0, held } = ownEntry(member.hindrances, name) ?? {};
      if (isDrained) return [name, { demotion, held: "drained" }];
      if (byChecks.kind === "held") return [name, { demotion, held: held ?? byChecks.reason }];
      return [name, { demotion: demotion + byChecks.demotion, held }];
    }),
  );
}
