/** Who is master of a virtual router when checks have failed on its nodes: its protocol's comparisons, without the timers. */
import { ownEntry } from "../fields/ownEntry.ts";

/** What a failed check costs a node: points of its demotion, or all of its claim. */
export type Demotion = number | "all";

interface Contender {
  readonly node: string;
  /** Whether this node takes over from a master that is worse. */
  readonly preempt: boolean;
  /** By check, what its failure costs this node. */
  readonly track: Readonly<Record<string, Demotion>>;
}

export interface VrrpContender extends Contender {
  /** 1..255, as configured. */
  readonly priority: number;
}

export interface CarpContender extends Contender {
  /** Seconds, 0..254. */
  readonly advertisementBase: number;
  /** 256ths of a second, 0..254. */
  readonly advertisementSkew: number;
}

/** All nodes of one virtual router. They speak one protocol, and of CARP one dialect. */
export type Group =
  | { readonly protocol: "vrrp"; readonly contenders: readonly VrrpContender[] }
  | {
      readonly protocol: "carp";
      readonly dialect: "openbsd" | "ucarp";
      readonly contenders: readonly CarpContender[];
    };

/** What one node can put into the comparison. The smaller wins: by `count`, and where that is equal by `order`. */
export interface Strength {
  /** CARP's demotion count as OpenBSD compares it, 0..255; a smaller one takes over without preemption. 0 elsewhere. */
  readonly count: number;
  /** VRRP: 256 less the effective priority. CARP: the advertisement interval in 256ths of a second. */
  readonly order: number;
  /** The same in the words of the protocol: `200`, `1/50`, `1/50 demoted 60`. */
  readonly text: string;
}

/** One node at a time of the contest; without a strength it is held back. */
export interface Candidate {
  readonly node: string;
  readonly preempt: boolean;
  readonly strength: Strength | undefined;
  /** VRRP's address owner, whom no demotion touches. */
  readonly owner: boolean;
  /** The demotion from which on more of it changes nothing. */
  readonly limit: number;
  /** Its strength at a demotion of 0 or more. */
  readonly demotedBy: (demotion: number) => Strength;
  readonly track: Readonly<Record<string, Demotion>>;
}

const OWNER_PRIORITY = 255;
const PRIORITY_STEPS = 256;
const SKEW_STEPS = 256;
/** OpenBSD: the count is one byte on the wire. */
const MAX_DEMOTION_COUNT = 255;
/** FreeBSD and ucarp: where suppression ends. */
const MAX_SUPPRESSED_SKEW = 240;

/** The contenders of a group with all of their checks good. */
export function healthyCandidates(group: Group): readonly Candidate[] {
  switch (group.protocol) {
    case "vrrp":
      return group.contenders.map((contender) => {
        const owner = contender.priority === OWNER_PRIORITY;
        const limit = owner ? 0 : contender.priority - 1;
        return candidate(contender, { limit, owner }, (demotion) => vrrpStrength(contender.priority - demotion));
      });
    case "carp":
      return group.contenders.map((contender) => {
        if (group.dialect === "openbsd") {
          return candidate(contender, { limit: MAX_DEMOTION_COUNT }, (count) => carpStrength(contender, { count }));
        }
        const limit = Math.max(0, MAX_SUPPRESSED_SKEW - contender.advertisementSkew);
        return candidate(contender, { limit }, (skewedBy) => carpStrength(contender, { skewedBy }));
      });
  }
}

/**
 * The node that is master once everything has settled.
 * @param incumbent the master of before; undefined: there was none.
 * @returns undefined when every node is held back.
 */
export function masterOf(candidates: readonly Candidate[], incumbent: string | undefined): string | undefined {
  const able = candidates.flatMap(({ node, preempt, strength }) =>
    strength === undefined ? [] : [{ node, preempt, strength }],
  );
  let master = able.find(({ node }) => node === incumbent) ?? strongest(able);
  // Every round has a stronger master than the one before, so there is an end.
  for (let taker = master; taker !== undefined; taker = strongestTaker(able, taker)) master = taker;
  return master?.node;
}

/** Below 0 when `a` wins the comparison, 0 when it is a tie. */
export function compareStrength(a: Strength, b: Strength): number {
  return a.count - b.count || a.order - b.order;
}

/** The candidate with these checks of its own failed. */
export function withFailed(candidate: Candidate, failed: readonly string[]): Candidate {
  const costs = failed.flatMap((check) => ownEntry(candidate.track, check) ?? []);
  if (costs.includes("all")) return { ...candidate, strength: undefined };
  const sum = costs.reduce<number>((total, cost) => total + Number(cost), 0);
  return { ...candidate, strength: candidate.demotedBy(Math.min(sum, candidate.limit)) };
}

interface Able {
  readonly node: string;
  readonly preempt: boolean;
  readonly strength: Strength;
}

function strongestTaker(able: readonly Able[], master: Able): Able | undefined {
  return strongest(able.filter((other) => takesOver(other, master)));
}

/** RFC 9568 6.4.2; carp_input of OpenBSD: a smaller demotion count needs no preemption. */
function takesOver(other: Able, master: Able): boolean {
  if (other.strength.count < master.strength.count) return true;
  return other.preempt && compareStrength(other.strength, master.strength) < 0;
}

function strongest(able: readonly Able[]): Able | undefined {
  return able.reduce<Able | undefined>(
    (best, each) => (best === undefined || compareStrength(each.strength, best.strength) < 0 ? each : best),
    undefined,
  );
}

function candidate(
  { node, preempt, track }: Contender,
  { limit, owner = false }: { readonly limit: number; readonly owner?: boolean },
  unlimited: (demotion: number) => Strength,
): Candidate {
  const demotedBy = (demotion: number): Strength => unlimited(Math.min(demotion, limit));
  return { node, preempt, track, owner, limit, demotedBy, strength: demotedBy(0) };
}

function vrrpStrength(effectivePriority: number): Strength {
  return { count: 0, order: PRIORITY_STEPS - effectivePriority, text: String(effectivePriority) };
}

function carpStrength(
  { advertisementBase: base, advertisementSkew }: CarpContender,
  { count = 0, skewedBy = 0 }: { readonly count?: number; readonly skewedBy?: number },
): Strength {
  const skew = advertisementSkew + skewedBy;
  const text = count === 0 ? `${base}/${skew}` : `${base}/${skew} demoted ${count}`;
  return { count, order: base * SKEW_STEPS + skew, text };
}
