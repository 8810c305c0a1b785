/** What an advertisement says about the sender's configuration, for the log: none of it is a reason to drop it. */
import { type CarpClaim, isBowOut } from "./carpAdvertisement.ts";
import { claimOf, preferenceOf, type Standing } from "./carpPreference.ts";
import type { Notice, Output } from "./election.ts";

/** The notices that an advertisement gives cause for. */
export function noticesOf(
  from: string,
  claim: CarpClaim,
  standing: Standing,
): readonly Extract<Output<never>, { kind: "notice" }>[] {
  const { config } = standing;
  const notices: Notice[] = [];
  if (from === config.sourceAddress) {
    notices.push("own-advertisement");
  } else if (!isBowOut(claim)) {
    if (preferenceOf(claimOf(standing), claim, config.dialect) === "neither") notices.push("equal-priority");
    if (claim.advertisementBase !== config.advertisementBase) notices.push("interval-mismatch");
  }
  return notices.map((notice) => ({ kind: "notice", notice, from }));
}
