/** What of an agent.json may be seen: everything but its secrets, and of those whether they are the same as before. */
import { createHmac } from "node:crypto";
import type { AgentConfigInput } from "../../agent/config/document.ts";

type RouterDocument = AgentConfigInput["virtualRouters"][number];
type OvhDocument = NonNullable<AgentConfigInput["ovh"]>;
type OpenstackDocument = NonNullable<AgentConfigInput["openstack"]>;
type PeerLinkDocument = NonNullable<AgentConfigInput["peerLink"]>;
type Fingerprint = (secret: string) => string;

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
  const { peerLink, ovh, openstack } = document;
  return {
    ...document,
    virtualRouters: document.virtualRouters.map((router) => shownRouter(router, fingerprint)),
    ...(peerLink === undefined ? {} : { peerLink: shownPeerLink(peerLink, fingerprint) }),
    ...(ovh === undefined ? {} : { ovh: { ...ovh, credentials: shownCredentials(ovh.credentials, fingerprint) } }),
    ...(openstack === undefined ? {} : { openstack: shownOpenstack(openstack, fingerprint) }),
  };
}

function shownCredentials(
  credentials: OvhDocument["credentials"],
  fingerprint: Fingerprint,
): OvhDocument["credentials"] {
  if ("clientId" in credentials) return { ...credentials, clientSecret: fingerprint(credentials.clientSecret) };
  const { applicationKey, applicationSecret, consumerKey } = credentials;
  return {
    applicationKey,
    applicationSecret: fingerprint(applicationSecret),
    consumerKey: fingerprint(consumerKey),
  };
}

function shownPeerLink(peerLink: PeerLinkDocument, fingerprint: Fingerprint): PeerLinkDocument {
  const otherKeys = peerLink.otherKeys?.map(({ number, key }) => ({ number, key: fingerprint(key) }));
  return { ...peerLink, key: fingerprint(peerLink.key), ...(otherKeys === undefined ? {} : { otherKeys }) };
}

function shownOpenstack(openstack: OpenstackDocument, fingerprint: Fingerprint): OpenstackDocument {
  const { id, secret } = openstack.applicationCredential;
  return { ...openstack, applicationCredential: { id, secret: fingerprint(secret) } };
}

function shownRouter(router: RouterDocument, fingerprint: Fingerprint): RouterDocument {
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
