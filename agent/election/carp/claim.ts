/** Which of two CARP hosts is preferred: what a host claims in its dialect, and how claims compare. */
import { BOW_OUT } from "../../protocol/carp.ts";
import { addressBytes } from "../../protocol/packet/ip.ts";
import type { CarpDialect, CarpHostConfig } from "./config.ts";
import { advertisementIntervalMicros, periodMicros } from "./timers.ts";

/** A demotion never pushes a skew further (FreeBSD, CARP_MAXSKEW; ucarp, CARP_BULK_UPDATE_MIN_DELAY). */
const DEMOTED_SKEW = 240;
const LAST = 255;

/** A configuration and the sum of the demotions: all that decides what a host claims. */
export interface CarpCandidate {
  readonly config: CarpHostConfig;
  readonly demotion: number;
}

/**
 * The skew a host has for all purposes. In OpenBSD a demotion changes who is preferred and no interval, so it is the
 * configured one; in ucarp, as in FreeBSD, the demotion is added, up to 240, and a skew above that stays.
 */
export function effectiveSkew({ config, demotion }: CarpCandidate): number {
  const { advertisementSkew, dialect } = config;
  switch (dialect) {
    case "openbsd":
      return advertisementSkew;
    case "ucarp":
      return Math.max(advertisementSkew, Math.min(advertisementSkew + demotion, DEMOTED_SKEW));
  }
}

/** The time between the advertisements of a host that is master. */
export function intervalMicros(candidate: CarpCandidate): number {
  return advertisementIntervalMicros(candidate.config.advertisementBase, effectiveSkew(candidate));
}

/** What a host claims: in OpenBSD's packet the demotion has a field, in ucarp's it must be 0. */
export function claimOf(candidate: CarpCandidate): CarpClaim {
  const { config, demotion } = candidate;
  return {
    virtualHostId: config.virtualHostId,
    advertisementBase: config.advertisementBase,
    advertisementSkew: effectiveSkew(candidate),
    demotion: config.dialect === "openbsd" ? Math.min(demotion, LAST) : 0,
  };
}

/** What a host says that claims no longer. */
export function resignMessageOf({ virtualHostId, dialect }: CarpHostConfig): CarpClaim {
  return bowOut(virtualHostId, dialect === "openbsd" ? LAST : 0);
}

/** A host's place, 0..255, among those that take over from a master that is gone: by skew and demotion, in either dialect. */
export function rankOf({ config, demotion }: CarpCandidate): number {
  return Math.min(config.advertisementSkew + demotion, LAST);
}

/** Whose claim is preferred. */
export type Preference = "own" | "heard" | "neither";

/** Compares claims: in OpenBSD first the lower demotion, then, and in ucarp alone, the shorter period. */
export function preferenceOf(own: CarpClaim, heard: CarpClaim, dialect: CarpDialect): Preference {
  const ownFirst =
    (dialect === "openbsd" ? heard.demotion - own.demotion : 0) ||
    claimedPeriodMicros(heard) - claimedPeriodMicros(own);
  if (ownFirst === 0) return "neither";
  return ownFirst > 0 ? "own" : "heard";
}

/** The period that a claim stands for. */
export function claimedPeriodMicros({ advertisementBase, advertisementSkew }: CarpClaim): number {
  return periodMicros(advertisementBase, advertisementSkew);
}

/**
 * Whether, of two masters with equal claims, the other one stays: the one of lower address, compared from its last octet
 * to its first. So does ucarp, which takes an address in network order for a number of a little-endian machine, and
 * only the same order leaves one master beside it. An OpenBSD host yields to any equal, so it fits every order; but
 * if hosts of this agent did the same, two of them could yield to each other again and again.
 */
export function losesTie(sourceAddress: string, from: string): boolean {
  const [own, other] = [addressBytes(sourceAddress), addressBytes(from)];
  const decisive = own.findLastIndex((octet, index) => octet !== other[index]);
  return (own[decisive] ?? 0) > (other[decisive] ?? 0);
}

/** Of base and skew in a claim. */
export const MOST = 254;

/** The claim of a host to be master: the smaller its demotion and its period, the better. */
export interface CarpClaim {
  /** vhid, 1..255 */
  readonly virtualHostId: number;
  /** advbase, in seconds: 0..254, and 255 in a bow-out. */
  readonly advertisementBase: number;
  /** advskew, in 256ths of a second: 0..254, and 255 in a bow-out. */
  readonly advertisementSkew: number;
  /** OpenBSD's demotion count, 0..255; the other implementations send 0 and do not read it. */
  readonly demotion: number;
}

/**
 * The goodbye of a master. `demotion` is the most there is where the dialect has demotions: OpenBSD hosts take over from
 * any higher count than their own, also where base or preempt mode would have them wait, and none yields to it.
 */
export function bowOut(virtualHostId: number, demotion: number): CarpClaim {
  return { virtualHostId, ...BOW_OUT, demotion };
}

/** What a master that claims this must contradict, and is as near to it as can be. After the worst claim: a bow-out. */
export function worseByOneStep(claim: CarpClaim): CarpClaim {
  const { advertisementBase: base, advertisementSkew: skew } = claim;
  if (skew < MOST) return { ...claim, advertisementSkew: skew + 1 };
  return base < MOST ? { ...claim, advertisementBase: base + 1 } : { ...claim, ...BOW_OUT };
}

export function isBowOut(claim: CarpClaim): boolean {
  const { advertisementBase, advertisementSkew } = BOW_OUT;
  return claim.advertisementBase === advertisementBase && claim.advertisementSkew === advertisementSkew;
}
