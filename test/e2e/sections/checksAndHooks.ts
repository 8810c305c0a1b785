/** A check that takes the claim to a VIP from a node, and the hooks that run when the VIP moves: both of `api`. */
import assert from "node:assert/strict";
import { HOOKS_LOG, OUT_OF_SERVICE } from "../scene/furtherVips.ts";
import { NODES, type NodeName, type Scene } from "../scene/scene.ts";

export function describeChecksAndHooks(scene: Scene): void {
  describe("a file on a node that a check looks for", () => {
    let before: readonly (readonly string[])[] = [];

    it("moves the VIP that tracks it, and no other", async () => {
      await scene.settled();
      before = await Promise.all(NODES.map((node) => hookLines(scene, node)));
      await scene.run("edge-1", "touch", OUT_OF_SERVICE);
      await scene.roleBecomes("edge-2", "api", "master");
      const { role, ineligibleReason } = await scene.virtualRouter("edge-1", "api");
      assert.equal(role, "initialize");
      assert.equal(ineligibleReason, "check-failed");
      const answer = await scene.calling("api", (probe) => probe.waitForAnswer(({ by }) => by !== undefined, 20_000));
      assert.equal(answer?.by, "edge-2");
      assert.equal((await scene.virtualRouter("edge-1", "web")).role, "master");
      const checks = (await scene.status("edge-1")).checks.filter(({ verdict }) => verdict !== "good");
      assert.deepEqual(
        checks.map(({ name }) => name),
        ["api.in-service"],
      );
    });

    it("moves it back when the file is gone", async () => {
      await scene.run("edge-1", "rm", OUT_OF_SERVICE);
      await scene.settled();
      const answer = await scene.calling("api", (probe) => probe.waitForAnswer(({ by }) => by !== undefined, 20_000));
      assert.equal(answer?.by, "edge-1");
    });

    it("ran the hooks of either node, as the agent's user and with its words", async () => {
      const expected = { "edge-1": ["down", "up"], "edge-2": ["up", "down"] };
      for (const [index, node] of NODES.entries()) {
        await scene.soon(`${node} ran both hooks`, async () => {
          return (await hookLines(scene, node)).length >= (before[index]?.length ?? 0) + 2;
        });
        const words = `api ${scene.vip("api").address}/32 as user ${await agentUser(scene, node)}`;
        const ran = (await hookLines(scene, node)).slice(before[index]?.length);
        assert.deepEqual(
          ran,
          expected[node].map((hook) => `${hook} ${words}`),
        );
        assert.match(await scene.journal(node), /hook says.*up api|up api.*hook says/, "its output is in the log");
      }
    });
  });
}

/** What the hooks of `api` wrote on a node since its agent started. */
async function hookLines(scene: Scene, node: NodeName): Promise<readonly string[]> {
  const text = await scene.run(node, "sh", "-c", `cat ${HOOKS_LOG} 2>/dev/null || true`);
  return text.split("\n").filter((line) => line !== "");
}

async function agentUser(scene: Scene, node: NodeName): Promise<string> {
  const pid = await scene.agentPid(node);
  return (await scene.run(node, "stat", "--format=%u", `/proc/${pid}`)).trim();
}
