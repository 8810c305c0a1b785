/** Nova's scheduler: which compute host a new server goes to. */
import type { CloudView, ServerGroup, View } from "../../state/state.ts";

/** Nova's words when every host was filtered out. */
export const NO_VALID_HOST = "No valid host was found. There are not enough hosts available.";

/**
 * The host with the fewest servers among those that the group's policy leaves, the first of them when several have as
 * few; undefined when it leaves none. The soft policies only prefer.
 */
export function chooseHost(
  state: CloudView,
  hosts: readonly string[],
  group: View<ServerGroup> | undefined,
): string | undefined {
  const load = (host: string): number => state.servers.filter((server) => server.host === host).length;
  const members = (host: string): number =>
    state.servers.filter((server) => server.host === host && server.serverGroupId === group?.id).length;
  const byLoad = hosts.toSorted((a, b) => load(a) - load(b));
  switch (group?.policy) {
    case undefined:
      return byLoad[0];
    case "anti-affinity":
      return byLoad.find((host) => members(host) < group.maxServersPerHost);
    case "affinity": {
      const home = hosts.find((host) => members(host) > 0);
      return home ?? byLoad[0];
    }
    case "soft-anti-affinity":
      return byLoad.toSorted((a, b) => members(a) - members(b))[0];
    case "soft-affinity":
      return byLoad.toSorted((a, b) => members(b) - members(a))[0];
  }
}
