/** A preference of the peer link, back in its protocol's words: the inverse of preferenceOf in agent/participant/participant.ts. */
import type { AdvertisedPreference } from "../participant/participant.ts";

const SKEWS_PER_SECOND = 256;
const SKEWS_PER_DEMOTION = 256 * SKEWS_PER_SECOND;

export function claimOfPreference(
  protocol: AdvertisedPreference["protocol"],
  preference: number,
): AdvertisedPreference {
  if (protocol === "vrrp") return { protocol, priority: preference };
  const cost = -preference;
  return {
    protocol,
    advertisementBase: Math.floor((cost % SKEWS_PER_DEMOTION) / SKEWS_PER_SECOND),
    advertisementSkew: cost % SKEWS_PER_SECOND,
    demotion: Math.floor(cost / SKEWS_PER_DEMOTION),
  };
}
