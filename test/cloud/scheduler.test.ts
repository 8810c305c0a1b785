/** Which host a server goes to. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { newState } from "../../lab/cloud/birth.ts";
import { chooseHost } from "../../lab/cloud/nova/servers/scheduler.ts";
import type { CloudState, ServerGroup } from "../../lab/cloud/state/state.ts";
import { EXTERNAL_NETWORK } from "./cloudUnderTest.ts";

const HOSTS = ["a", "b", "c"];

/** A region with servers on these hosts; those in brackets are members of the group. */
function region(...placed: readonly string[]): CloudState {
  const state = newState(EXTERNAL_NETWORK, 0);
  placed.forEach((text, index) => {
    state.servers.push({
      id: `s${index}`,
      number: index,
      name: `s${index}`,
      description: null,
      imageId: "",
      flavorId: "",
      keyName: null,
      configDriveAsked: false,
      configDrive: {},
      metadata: {},
      tags: [],
      serverGroupId: text.startsWith("[") ? "group" : null,
      host: text.replaceAll(/[[\]]/g, ""),
      portIds: [],
      ownPortIds: [],
      power: "on",
      generation: 1,
      vm: { kind: "active" },
      task: null,
      createdAt: 0,
      updatedAt: 0,
      launchedAt: 0,
    });
  });
  return state;
}

const group = (policy: ServerGroup["policy"], maxServersPerHost = 1): ServerGroup => ({
  id: "group",
  name: "edge",
  policy,
  maxServersPerHost,
});

describe("the scheduler", () => {
  const table: readonly [string, CloudState, ServerGroup | undefined, string | undefined][] = [
    ["takes the first of the empty hosts", region(), undefined, "a"],
    ["takes the host with the fewest servers", region("a", "b", "b", "c", "c"), undefined, "a"],
    ["keeps members apart", region("[a]", "b", "b", "c"), group("anti-affinity"), "c"],
    ["leaves others alone", region("[a]", "[b]", "c", "c", "c"), group("anti-affinity"), "c"],
    ["has no host when each has a member", region("[a]", "[b]", "[c]"), group("anti-affinity"), undefined],
    ["counts up to the rule's number", region("[a]", "[b]", "[c]"), group("anti-affinity", 2), "a"],
    ["prefers a host without members", region("[a]", "[b]", "c", "c"), group("soft-anti-affinity"), "c"],
    ["puts up with a member where it must", region("[a]", "[a]", "[b]", "[c]"), group("soft-anti-affinity"), "b"],
    ["keeps members together", region("[b]", "b"), group("affinity"), "b"],
    ["starts a togetherness anywhere", region("a"), group("affinity"), "b"],
    ["prefers the members' host", region("[b]", "b"), group("soft-affinity"), "b"],
  ];
  for (const [name, state, wanted, host] of table) {
    it(name, () => {
      assert.equal(chooseHost(state, HOSTS, wanted), host);
    });
  }

  it("has no host where there is none", () => {
    assert.equal(chooseHost(region(), [], undefined), undefined);
  });
});
