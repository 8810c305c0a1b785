/** `pulumi up` from nothing, and again. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { deriveHostKeys } from "../../../infra/plan/host/hostKey.ts";
import { labFiles } from "../../../lab/settings/settings.ts";
import { assertUnchanged, NODES, type Scene, VIPS } from "../scene/scene.ts";

export function describeBuilding(scene: Scene): void {
  describe("pulumi up", () => {
    it("builds it from nothing", async () => {
      assert.match(await scene.up(), /\d+ created/);
      await scene.setStage();
    });

    it("gives the outputs that other stacks read", () => {
      const { vips, nodes, agent } = scene.outputs;
      assert.deepEqual(Object.keys(nodes).sort(), [...NODES]);
      assert.deepEqual(Object.keys(vips).sort(), [...VIPS].sort());
      const web = vips["web"];
      assert.equal(web?.address, "10.25.0.10");
      assert.match(web.publicAddress ?? "", /^203\.0\.113\.\d+$/);
      assert.equal(web.masterToBe, "edge-1");
      assert.deepEqual(
        web.nodes.map(({ name, priority }) => [name, priority]),
        [
          ["edge-1", 200],
          ["edge-2", 100],
        ],
      );
      assert.equal(vips["voice"]?.protocol, "carp");
      assert.match(agent.sha256, /^[0-9a-f]{64}$/);
    });

    it("makes the preferred node master of every VIP, and the client reaches it there", async () => {
      await scene.settled();
      for (const vip of VIPS) {
        const answer = await scene.calling(vip, (probe) => probe.waitForAnswer(({ by }) => by !== undefined, 20_000));
        assert.equal(answer?.by, "edge-1", vip);
      }
    });

    it("connects the agents by their peer link", async () => {
      for (const node of NODES) {
        await scene.soon(`${node} is connected to its peer`, async () => {
          const { peerLink } = await scene.status(node);
          return peerLink?.peers.every(({ state, configMatches }) => state === "connected" && configMatches) ?? false;
        });
      }
    });

    it("leaves each node with a host key that nobody on it could read beforehand", async () => {
      const seed = await readFile(labFiles(scene.world.settings).hostKeySeed, "utf8");
      for (const node of NODES) {
        const { first, permanent } = deriveHostKeys(seed, [`vip-failover-${scene.world.settings.stack}`, node]);
        const shown = await scene.run(node, "cat", "/etc/ssh/ssh_host_ed25519_key.pub");
        assert.equal(shown.split(" ")[1], permanent.publicKey.split(" ")[1]);
        // The lines before are the same in every key.
        const secretLine = first.privateKey.split("\n").at(-4) ?? "";
        assert.equal(await scene.run(node, "sh", "-c", `grep -rlF ${secretLine} /etc/ssh || true`), "");
      }
    });

    it("changes nothing the second time, nor after a refresh", async () => {
      assertUnchanged(await scene.up());
      const refreshed = await scene.pulumi("preview", "--refresh", "--expect-no-changes");
      assert.match(refreshed, /unchanged/);
    });
  });
}
