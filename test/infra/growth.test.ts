/** What a large stack costs to check and to plan: no more than it is larger, and no more lines than somebody reads. */
import assert from "node:assert/strict";
import { analysisOf, type Group } from "../../agent/config/priority/demotionAnalysis.ts";
import { planCluster } from "../../infra/plan/cluster.ts";
import { largeStack } from "./growth.ts";
import { messageOf } from "./refusals/table.ts";
import { loadExample } from "./stacks/exampleConfig.ts";

describe("a stack of 50 nodes, 100 VIPs and 4 checks of each", () => {
  it("is checked and planned in seconds, with a screen of warnings", () => {
    const begin = process.cpuUsage();
    const { stack, prefix, ssh } = loadExample(largeStack({ nodes: 50, vips: 100, checks: 4 }));
    const { warnings } = planCluster(stack, prefix, ssh.hostKeySeed);
    const { user: userMicros } = process.cpuUsage(begin);
    // 1.7 s where it was measured, 18 s before. Of the processor, so that what else runs does not count.
    assert.ok(userMicros < 10_000_000, `${userMicros} us`);
    assert.equal(warnings.length, 4);
    assert.equal(warnings.at(-1), "and 32197 more pairs of nodes that failed checks make equal");
    assert.ok(warnings.join("\n").split("\n").length <= 24, warnings.join("\n"));
  });
});

describe("a demotion that can never move a VIP", () => {
  const linesOf = (nodes: number, vips: number, checks: number): number => {
    const message = messageOf(largeStack({ nodes, vips, checks }, () => 1));
    assert.match(message, /can never move the address/);
    return message.split("\n").length;
  };

  it("is said with one table a VIP and the first three checks, however many there are", () => {
    assert.ok(linesOf(3, 1, 10) <= 40, String(linesOf(3, 1, 10)));
    assert.ok(linesOf(50, 1, 20) <= 40, String(linesOf(50, 1, 20)));
    assert.ok(linesOf(50, 10, 20) <= 200, String(linesOf(50, 10, 20)));
    assert.ok(linesOf(50, 100, 4) <= 220, String(linesOf(50, 100, 4)));
    const message = messageOf(largeStack({ nodes: 3, vips: 1, checks: 10 }, () => 1));
    assert.equal(message.split("failed check  ").length, 2);
    assert.match(message, /vips\.vip-1\.track\n {4}has 7 more checks that can never move the VIP: check-3, /);
  });
});

describe("the priority algebra of a group", () => {
  /** How often a cost of a check is read while the findings are made. */
  const workOf = (nodes: number, checks: number): number => {
    let reads = 0;
    const track = new Proxy(
      Object.fromEntries(Array.from({ length: checks }, (_, index) => [`check-${index}`, 1 + index])),
      {
        get(target, name) {
          reads += 1;
          return Reflect.get(target, name) as unknown;
        },
      },
    );
    const contenders = Array.from({ length: nodes }, (_, index) => ({
      node: `n${index}`,
      preempt: true,
      priority: 254 - index,
      track,
    }));
    const group: Group = { protocol: "vrrp", contenders };
    assert.notEqual(analysisOf(group).master, undefined);
    return reads;
  };

  it("looks at each check of each node a fixed number of times", () => {
    assert.ok(workOf(100, 8) < 2.5 * workOf(50, 8), `${workOf(50, 8)} and ${workOf(100, 8)}`);
    assert.ok(workOf(50, 16) < 2.5 * workOf(50, 8), `${workOf(50, 8)} and ${workOf(50, 16)}`);
  });
});
