/** What of an agent.json may be seen: everything but its secrets, and of those whether they are the same as before. */
import { createHmac } from "node:crypto";
import type { AgentConfigInput } from "../../agent/config/document.ts";

type RouterDocument = AgentConfigInput["virtualRouters"][number];

const FINGERPRINT_DIGITS = 16;

/**
 * The document with each secret replaced by its fingerprint: a preview then names the value that changes, secret or not.
 * @param fingerprintKey secret: without it a password could be guessed and compared
 */
export function shownConfig(document: AgentConfigInput, fingerprintKey: Buffer): AgentConfigInput {
  const fingerprint = (secret: string): string => {
    const digest = createHmac("sha256", fingerprintKey).update(secret).digest("hex");
    return `secret ${digest.slice(0, FINGERPRINT_DIGITS)}`;
  };
  const { peerLink } = document;
  return {
    ...document,
    virtualRouters: document.virtualRouters.map((router) => shownRouter(router, fingerprint)),
    ...(peerLink === undefined ? {} : { peerLink: { ...peerLink, key: fingerprint(peerLink.key) } }),
  };
}

function shownRouter(router: RouterDocument, fingerprint: (secret: string) => string): RouterDocument {
  switch (router.protocol) {
    case "carp":
      return { ...router, password: fingerprint(router.password) };
    case "vrrp": {
      const { authentication } = router;
      if (authentication === undefined) return router;
      const keys = authentication.keys.map(({ id, secret }) => ({ id, secret: fingerprint(secret) }));
      return { ...router, authentication: { ...authentication, keys } };
    }
  }
}
