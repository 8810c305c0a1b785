/** A configuration that may leave the machine: what is secret in it is not there. */
import type { AgentConfig, VirtualRouterConfig } from "./schema/document.ts";

/** What stands where a secret must be. */
const NO_SECRET = "-";

/**
 * The same configuration without keys and passwords: what needs one to work is left out, or has a placeholder that is the
 * same on every node. Checks and hooks are left out, too: what a program or a server is called with may be a secret.
 */
export function withoutSecrets(config: AgentConfig): AgentConfig {
  const virtualRouters = config.virtualRouters.map(routerWithoutSecrets);
  const peerLink = config.peerLink && { ...config.peerLink, key: NO_SECRET, otherKeys: [] };
  // What is at a cloud's API is left out with its credentials.
  const leftOut = { digestKey: undefined, states: undefined, ovh: undefined, openstack: undefined };
  return { ...config, ...leftOut, virtualRouters, checks: {}, peerLink };
}

function routerWithoutSecrets(router: VirtualRouterConfig): VirtualRouterConfig {
  const { prepareTimeout, timeout } = router.hooks;
  const hooks = { prepareTimeout, timeout };
  if (router.protocol === "carp") return { ...router, hooks, publicAddresses: [], password: NO_SECRET };
  return { ...router, hooks, publicAddresses: [], authentication: undefined };
}
