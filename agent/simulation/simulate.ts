/** What if: lets a group settle, does something to it, and tells who is master when, and for how long nobody was. */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { Cluster, type Member, type Occurrence } from "./cluster.ts";
import { type Course, courseOf, type Roles } from "./course.ts";
import type { Scenario } from "./scenario.ts";

/** What is done to the group at time 0, all of it at once. */
export interface WhatIf {
  /** Checks that fail: of one node, or of every node that tracks a check of that name. */
  readonly fail: readonly { readonly node: string | undefined; readonly check: string }[];
  /** Nodes that are switched off. */
  readonly lose: readonly string[];
  /** Nodes that are taken out of service. */
  readonly drain: readonly string[];
  /** How long to look on. */
  readonly forMicros: number;
}

export interface Simulation {
  readonly nodes: readonly string[];
  /** The roles at time 0, by virtual router. */
  readonly initial: Readonly<Record<string, Roles>>;
  /** From time 0 on. */
  readonly occurrences: readonly Occurrence[];
  readonly courses: readonly Course[];
  readonly notes: readonly string[];
}

/** Why a what-if cannot be simulated: its names are none. */
export interface Unknown {
  readonly problems: readonly string[];
}

const MICROS_PER_SECOND = 1_000_000;
const SKEWS_PER_SECOND = 256;
/** Silence of so many intervals, and some more, means that nothing is under way. */
const QUIET_INTERVALS = 4;
const MAX_SETTLING_ROUNDS = 20;

/** The same scenario and question give the same answer. */
export function simulate(scenario: Scenario, whatIf: WhatIf): Simulation | Unknown {
  const { members, notes } = scenario;
  const problems = unknownNames(members, whatIf);
  if (problems.length > 0) return { problems };
  const cluster = new Cluster(members);
  settle(cluster, scenario);
  const names = [...new Set(members.flatMap(({ config }) => config.virtualRouters.map(({ name }) => name)))];
  const initial = Object.fromEntries(names.map((name) => [name, Object.fromEntries(cluster.roles(name))]));
  const startMicros = cluster.nowMicros;
  cluster.occurrences.length = 0;
  impose(cluster, members, whatIf);
  cluster.run(whatIf.forMicros);
  const occurrences = cluster.occurrences.map((one) => ({ ...one, atMicros: one.atMicros - startMicros }));
  const courses = names.map((name) => courseOf(name, initial[name] ?? {}, occurrences, whatIf.forMicros));
  return { nodes: cluster.nodes, initial, occurrences, courses, notes };
}

/** Runs until nothing happens any more; then until the nodes to be lost have just spoken, which makes their loss longest. */
function settle(cluster: Cluster, { members, masters }: Scenario): void {
  cluster.start();
  for (const [virtualRouter, node] of Object.entries(masters)) cluster.happen(node, virtualRouter, { kind: "succeed" });
  const quietMicros = Math.max(...members.flatMap(({ config }) => config.virtualRouters.map(quietMicrosOf)));
  for (let round = 0; round < MAX_SETTLING_ROUNDS; round++) {
    const before = cluster.occurrences.length;
    cluster.run(quietMicros);
    if (cluster.occurrences.length === before) break;
  }
  cluster.runToNextAdvertisement(quietMicros);
}

function quietMicrosOf(router: VirtualRouterConfig): number {
  return QUIET_INTERVALS * intervalMicrosOf(router) + router.preemptDelay + MICROS_PER_SECOND;
}

function intervalMicrosOf(router: VirtualRouterConfig): number {
  if (router.protocol === "vrrp") return router.advertisementInterval;
  const skews = router.advertisementBase * SKEWS_PER_SECOND + router.advertisementSkew;
  return (skews * MICROS_PER_SECOND) / SKEWS_PER_SECOND;
}

function impose(cluster: Cluster, members: readonly Member[], { fail, lose, drain }: WhatIf): void {
  for (const node of lose) cluster.lose(node);
  for (const { node, check } of fail) {
    const those = members.filter((member) => (node ?? member.config.node) === member.config.node);
    for (const member of those) if (tracks(member, check)) cluster.fail(member.config.node, check);
  }
  for (const node of drain) cluster.drain(node);
}

function tracks({ config }: Member, check: string): boolean {
  return config.virtualRouters.some(({ track }) => Object.hasOwn(track, check));
}

function unknownNames(members: readonly Member[], { fail, lose, drain }: WhatIf): string[] {
  const nodes = members.map(({ config }) => config.node);
  const known = `write one of ${nodes.join(", ")}`;
  const checksOf = (node: string | undefined): string[] =>
    members
      .filter(({ config }) => (node ?? config.node) === config.node)
      .flatMap(({ config }) => config.virtualRouters.flatMap(({ track }) => Object.keys(track)));
  return [
    ...[...lose, ...drain, ...fail.flatMap(({ node }) => node ?? [])]
      .filter((node) => !nodes.includes(node))
      .map((node) => `"${node}" is no node of this group: ${known}`),
    ...fail.flatMap(({ node, check }) => {
      const checks = [...new Set(checksOf(node))];
      if (checks.includes(check) || (node !== undefined && !nodes.includes(node))) return [];
      const choice = checks.length === 0 ? "none is tracked there" : `write one of ${checks.join(", ")}`;
      return [`no virtual router${node === undefined ? "" : ` of ${node}`} tracks a check "${check}": ${choice}`];
    }),
  ];
}
