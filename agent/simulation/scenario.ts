/** What a simulation begins with: the nodes, who of them is master now, and what is not known of them. */
import type { AgentConfig, VirtualRouterConfig } from "../config/schema/document.ts";
import type { Member } from "./cluster.ts";

export interface Scenario {
  readonly members: readonly Member[];
  /** By virtual router, the node that is master now; one that is not named has its master elected. */
  readonly masters: Readonly<Record<string, string>>;
  /** What the reader should know of the simulation, a sentence each. */
  readonly notes: readonly string[];
}

/** A scenario of whole configurations, every check good. */
export function scenarioOfConfigs(configs: readonly AgentConfig[]): Scenario {
  const members = configs.map((config) => ({
    config: settledConfig(config),
    failed: [],
    hindrances: {},
    deferential: [],
  }));
  const states = configs.filter(({ states }) => states !== undefined).map(({ node }) => node);
  const notes = states.length === 0 ? [] : [`the named states of ${states.join(", ")} are left out`];
  return { members, masters: {}, notes };
}

/** A configuration as of a node that has run for long: its start is over, and its programs are not run. */
export function settledConfig(config: AgentConfig): AgentConfig {
  return { ...config, virtualRouters: config.virtualRouters.map(settledRouter), states: undefined };
}

function settledRouter(router: VirtualRouterConfig): VirtualRouterConfig {
  const { prepareTimeout, timeout } = router.hooks;
  return { ...router, startupDelay: 0, hooks: { prepareTimeout, timeout } };
}
