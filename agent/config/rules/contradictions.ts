/** What two places of a configuration can say that is right in each and wrong together. */
import type { AgentConfig } from "../schema/document.ts";
import type { Contradiction } from "./contradiction.ts";
import { familyContradictions } from "./families.ts";
import { identityContradictions } from "./identity.ts";
import { networkEndContradictions } from "./networkEnds.ts";
import { peerLinkContradictions } from "./peerLink.ts";
import { portContradictions } from "./ports.ts";
import { publicAddressContradictions } from "./publicAddresses.ts";
import { referenceContradictions } from "./references.ts";
import { stateContradictions } from "./states.ts";
import { trackContradictions } from "./track.ts";

/** The lists that contradictions are found in, in the order of the document. */
const LISTS = ["virtualRouters", "checks", "syncGroups", "states", "peerLink", "metrics", "ovh", "openstack"];

/** Every contradiction of a document, in its order; within one place causes come before their consequences. */
export function contradictions(config: AgentConfig): Contradiction[] {
  const found = [
    ...identityContradictions(config.virtualRouters),
    ...familyContradictions(config.virtualRouters),
    ...networkEndContradictions(config.virtualRouters),
    ...referenceContradictions(config),
    ...publicAddressContradictions(config),
    ...trackContradictions(config),
    ...stateContradictions(config),
    ...portContradictions(config),
    ...(config.peerLink === undefined ? [] : peerLinkContradictions(config.node, config.peerLink)),
  ];
  return found.sort((a, b) => rankOf(a) - rankOf(b) || placeOf(a) - placeOf(b));
}

function rankOf({ path }: Contradiction): number {
  return LISTS.indexOf(String(path[0]));
}

/** The position in the list; what has none comes as it was found. */
function placeOf({ path }: Contradiction): number {
  return typeof path[1] === "number" ? path[1] : 0;
}
