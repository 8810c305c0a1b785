/** `pulumi up` while the address is elsewhere, and of a changed configuration. */
import assert from "node:assert/strict";
import { observe } from "../../../lab/drills/answers.ts";
import { nowMs } from "../../../lab/drills/clock.ts";
import { holdsAddress } from "../../../lab/drills/rehearse.ts";
import { SKEW_MS } from "../scene/promises.ts";
import { assertUnchanged, NODES, type Scene } from "../scene/scene.ts";

export function describeChanges(scene: Scene): void {
  describe("pulumi up in the middle of a failover", () => {
    it("changes nothing and leaves the address with the backup", async () => {
      await scene.settled();
      const { lab } = scene.world;
      await lab.powerCut(scene.server("edge-1"));
      try {
        await scene.calling("web", async (probe) => {
          const taken = await probe.waitForAnswer(({ by }) => by === "edge-2", 20_000);
          assert.ok(taken, "edge-2 took over");
          assertUnchanged(await scene.up("--refresh", "--expect-no-changes"));
          const sinceMs = nowMs();
          assert.equal((await probe.waitForAnswer(({ sentMs }) => sentMs >= sinceMs, 5_000))?.by, "edge-2");
          assert.ok(await holdsAddress(lab, scene.server("edge-2"), scene.subject("web").address));
        });
      } finally {
        await lab.start(scene.server("edge-1"));
      }
      await scene.settled();
    });
  });

  describe("changing one node's priority", () => {
    it("is one changed node in the preview, and a reload that does not drop the address", async () => {
      const agentsBefore = await Promise.all(NODES.map((node) => scene.agentPid(node)));
      await scene.world.configure(["nodes", "edge-2", "priority"], 150);
      const preview = await scene.pulumi("preview", "--diff");
      assert.match(preview, /edge-2/);
      assert.doesNotMatch(changedLines(preview), /edge-1/, "the other node is touched");
      await scene.calling("web", async (probe) => {
        await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000);
        const startMs = nowMs();
        assert.match(await scene.up(), /changed|updated|replaced/);
        const seen = observe(await probe.stop(), startMs, nowMs(), "edge-1");
        assert.equal(seen.to, undefined, "the address moved");
        assert.ok(seen.gapMs < SKEW_MS, `the client saw a gap of ${seen.gapMs.toFixed(0)} ms`);
      });
      assert.equal((await scene.virtualRouter("edge-2", "web")).priority, 150);
      const agentsAfter = await Promise.all(NODES.map((node) => scene.agentPid(node)));
      assert.deepEqual(agentsAfter, agentsBefore, "an agent was restarted");
    });

    it("is refused by name when it makes two nodes equal, before anything is touched", async () => {
      await scene.world.configure(["nodes", "edge-2", "priority"], 200);
      const output = await scene.pulumi("preview").catch(String);
      assert.match(output, /edge-1/);
      assert.match(output, /edge-2/);
      assert.match(output, /200/);
      assert.doesNotMatch(output, /\n\s+at .*\.ts:\d+/, "a stack trace was shown");
      await scene.world.configure(["nodes", "edge-2", "priority"], 150);
    });
  });
}

/** Lines of a `preview --diff` that name a change. */
const changedLines = (preview: string): string =>
  preview
    .split("\n")
    .filter((line) => /^\s*(\+|-|~|\+-|-\+|\+\+|--)/.test(line))
    .join("\n");
