/** What two places of a configuration can say that is right in each and wrong together. */
import type { AgentConfig } from "../schema/document.ts";
import type { CrossFieldError } from "./crossFieldError.ts";
import { familyErrors } from "./families.ts";
import { identityErrors } from "./identity.ts";
import { networkEndErrors } from "./networkEnds.ts";
import { peerLinkErrors } from "./peerLink.ts";
import { portErrors } from "./ports.ts";
import { publicAddressErrors } from "./publicAddresses.ts";
import { referenceErrors } from "./references.ts";
import { stateErrors } from "./states.ts";
import { trackErrors } from "./track.ts";

/** The lists that contradictions are found in, in the order of the document. */
const LISTS = ["virtualRouters", "checks", "syncGroups", "states", "peerLink", "metrics", "ovh", "openstack"];

/** Every contradiction of a document, in its order; within one place causes come before their consequences. */
export function crossFieldErrors(config: AgentConfig): CrossFieldError[] {
  const found = [
    ...identityErrors(config.virtualRouters),
    ...familyErrors(config.virtualRouters),
    ...networkEndErrors(config.virtualRouters),
    ...referenceErrors(config),
    ...publicAddressErrors(config),
    ...trackErrors(config),
    ...stateErrors(config),
    ...portErrors(config),
    ...(config.peerLink === undefined ? [] : peerLinkErrors(config.node, config.peerLink)),
  ];
  return found.sort((a, b) => rankOf(a) - rankOf(b) || placeOf(a) - placeOf(b));
}

function rankOf({ path }: CrossFieldError): number {
  return LISTS.indexOf(String(path[0]));
}

/** The position in the list; what has none comes as it was found. */
function placeOf({ path }: CrossFieldError): number {
  return typeof path[1] === "number" ? path[1] : 0;
}
