/** What two places of a configuration can say that is right in each and wrong together. */
import type { AgentConfig } from "./document.ts";
import { familyContradictions } from "./rules/families.ts";
import { identityContradictions } from "./rules/identity.ts";
import { peerLinkContradictions } from "./rules/peerLink.ts";
import { referenceContradictions } from "./rules/references.ts";
import { stateContradictions } from "./rules/states.ts";
import { trackContradictions } from "./rules/track.ts";

/** A contradiction, at its later place. */
export interface Contradiction {
  /** From the document on. */
  readonly path: readonly (string | number)[];
  readonly input: unknown;
  readonly message: string;
}

/** Every contradiction of a document, in an order that names causes before their consequences. */
export function contradictions(config: AgentConfig): Contradiction[] {
  return [
    ...identityContradictions(config.virtualRouters),
    ...familyContradictions(config.virtualRouters),
    ...referenceContradictions(config),
    ...trackContradictions(config),
    ...stateContradictions(config),
    ...(config.peerLink === undefined ? [] : peerLinkContradictions(config.node, config.peerLink)),
  ];
}
