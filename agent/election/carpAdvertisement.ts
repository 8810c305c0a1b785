/** What one CARP host says to the others of its group; counter and digest are for whoever puts it on the wire. */
import { BOW_OUT } from "../protocol/carp.ts";

/** Of base and skew in a claim. */
const MOST = 254;

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
