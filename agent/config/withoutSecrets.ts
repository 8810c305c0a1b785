/** A configuration that may leave the machine: what is secret in it is not there. */
import type { AgentConfig, VirtualRouterConfig } from "./document.ts";

/** What stands where a password must be. */
const NO_PASSWORD = "-";

/**
 * The same configuration without keys and passwords: what needs one to work is left out, or has a placeholder that is the
 * same on every node. Checks and hooks are left out, too: what a program or a server is called with may be a secret.
 */
export function withoutSecrets(config: AgentConfig): AgentConfig {
  const virtualRouters = config.virtualRouters.map(routerWithoutSecrets);
  return { ...config, virtualRouters, checks: {}, states: undefined, peerLink: undefined };
}

function routerWithoutSecrets(router: VirtualRouterConfig): VirtualRouterConfig {
  const { prepareTimeout, timeout } = router.hooks;
  const hooks = { prepareTimeout, timeout };
  if (router.protocol === "carp") return { ...router, hooks, password: NO_PASSWORD };
  return { ...router, hooks, authentication: undefined };
}
