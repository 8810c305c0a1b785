/** What a preview warns of: demotions that may be meant, and may be a mistake. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { planCluster } from "../../../infra/plan/cluster.ts";
import { exampleConfig, loadExample, withValue } from "../stacks/exampleConfig.ts";

const ping = (demote: number | "all") => ({ ping: "192.0.2.1", demote });

type Config = Readonly<Record<string, unknown>>;

function warnings(config: Config): readonly string[] {
  const { stack, prefix, ssh } = loadExample(config);
  return planCluster(stack, prefix, ssh.hostKeySeed).warnings;
}

const withStates = (states: Readonly<Record<string, object>>, config: Config = exampleConfig()): Config =>
  withValue("states", { initial: "neutral", states }, config);

describe("warnings of demotions", () => {
  it("are none where every check and state moves the VIP", () => {
    assert.deepEqual(warnings(exampleConfig()), []);
    assert.deepEqual(warnings(withValue("vips.web.track", { uplink: ping(110), disk: ping("all") })), []);
    const bothAtTheEnd = { uplink: ping(110), disk: ping(140) };
    assert.deepEqual(warnings(withValue("vips.web.track", bothAtTheEnd)), []);
    const states = {
      neutral: { body: [{ if: "role.web.master", then: [{ setState: "demoted" }] }] },
      demoted: { demote: { web: 110 }, body: [{ if: "!role.web.master", then: [{ setState: "neutral" }] }] },
    };
    assert.deepEqual(warnings(withStates(states)), []);
  });

  it("name failures that together make two nodes equal, with the table", () => {
    const config = withValue("vips.web.track", { uplink: ping(60), disk: ping(110) });
    const [warning = "", ...others] = warnings(withValue("nodes.edge-2", { priority: 150 }, config));
    assert.deepEqual(others, []);
    const equal = "edge-1 with web.disk failed and edge-2 with web.uplink failed are equal at 90";
    assert.ok(warning.startsWith(`VIP web: ${equal}: whoever is master then stays`), warning);
    assert.match(warning, /failed checks +edge-1 +edge-2 +master/);
  });

  it("name a check that moves the VIP no further once the best node is gone", () => {
    const three = withValue("nodes.edge-3", { priority: 20 });
    const found = warnings(
      withValue("vips.web.track", { uplink: ping(110) }, withValue("nodes.edge-2", { priority: 150 }, three)),
    );
    assert.ok(
      found.some((text) =>
        text.startsWith(
          'VIP web: the failed check "web.uplink" demotes edge-2 by 110 and, once edge-1 is gone, can never move',
        ),
      ),
      found.join("\n"),
    );
  });

  it("name a state whose cost never moves the VIP, and what would", () => {
    const states = {
      neutral: { body: [{ if: "role.web.master", then: [{ setState: "tired" }] }] },
      tired: { demote: { web: 60 }, body: [{ if: "!role.web.master", then: [{ setState: "neutral" }] }] },
    };
    assert.deepEqual(warnings(withStates(states)), [
      'VIP web: the state "tired" demotes edge-1 by 60 and, with all else good, can never move the address: it is still better than every other: write 101 or more, or "all"',
    ]);
  });
});
