/** What an operator says to a node over SSH: it does it without a client noticing, and remembers it over a restart. */
import assert from "node:assert/strict";
import { observe } from "../../../lab/drills/answers.ts";
import type { Probe } from "../../../lab/drills/client.ts";
import { nowMs } from "../../../lab/drills/clock.ts";
import { SKEW_MS } from "../scene/promises.ts";
import { type NodeName, type Scene, VIPS } from "../scene/scene.ts";
import { overSsh } from "../scene/ssh.ts";

/** Long enough to restart an agent in, and short enough to wait for. */
const MAINTENANCE_S = 12;

export function describeOperating(scene: Scene): void {
  const say = async (node: NodeName, words: string): Promise<void> => {
    const address = scene.outputs.nodes[node]?.publicAddress ?? "";
    const command = `/opt/failover-agent/current/failover-agent ${words}`;
    const { status, stdout, stderr } = await overSsh(scene.world.settings, address, command);
    assert.equal(status, 0, `${words} on ${node}: ${stdout}${stderr}`);
  };
  const restart = async (node: NodeName): Promise<void> => {
    await scene.run(node, "systemctl", "restart", "failover-agent");
  };
  const heldFor = async (node: NodeName, reason: string): Promise<void> => {
    for (const { name, role, ineligibleReason } of (await scene.status(node)).virtualRouters) {
      assert.deepEqual([name, role, ineligibleReason], [name, "initialize", reason]);
    }
  };
  const allAt = async (node: NodeName): Promise<void> => {
    for (const vip of VIPS) await scene.roleBecomes(node, vip, "master");
  };

  describe("an operator's word to a node, over SSH", () => {
    it("drain: every VIP moves without a client noticing, and stays away over a restart and a changed configuration", async () => {
      await scene.settled();
      await unnoticed(scene, async () => {
        await say("edge-1", "drain");
        await allAt("edge-2");
        await heldFor("edge-1", "drained");
      });
      await restart("edge-1");
      await heldFor("edge-1", "drained");
      await scene.world.configure(["vips", "web", "announcement"], { burst: 4 });
      assert.match(await scene.up(), /replaced|updated|changed/);
      await heldFor("edge-1", "drained");
    });

    it("undrain: they come back", async () => {
      await unnoticed(scene, async () => {
        await say("edge-1", "undrain");
        await scene.settled();
      });
    });

    it("handover: one VIP moves to the node that was named, and stays there over a restart", async () => {
      await unnoticed(scene, async () => {
        await say("edge-1", "handover web --to edge-2");
        await scene.roleBecomes("edge-2", "web", "master");
        assert.equal((await scene.virtualRouter("edge-1", "api")).role, "master");
      });
      await restart("edge-1");
      for (const vip of ["api", "voice"] as const) await scene.roleBecomes("edge-1", vip, "master");
      assert.equal((await scene.virtualRouter("edge-2", "web")).role, "master");
      await unnoticed(scene, async () => {
        await say("edge-2", "handover web --to edge-1");
        await scene.settled();
      });
    });

    it("maintenance: the node is out of service over a restart, and back by itself when the time is over", async () => {
      const startMs = nowMs();
      await unnoticed(scene, async () => {
        await say("edge-1", `maintenance on --for ${MAINTENANCE_S}s`);
        await allAt("edge-2");
      });
      await restart("edge-1");
      await heldFor("edge-1", "maintenance");
      await scene.settled();
      assert.ok(nowMs() - startMs >= MAINTENANCE_S * 1_000, "it came back before the time was over");
      await say("edge-1", "maintenance on --for 1m");
      await allAt("edge-2");
      await say("edge-1", "maintenance off");
      await scene.settled();
    });
  });
}

/** A client that calls `web` meanwhile misses nothing. */
async function unnoticed(scene: Scene, act: () => Promise<void>): Promise<void> {
  await scene.calling("web", async (probe: Probe) => {
    await probe.waitForAnswer(({ by }) => by !== undefined, 20_000);
    const startMs = nowMs();
    await act();
    const { gapMs } = observe(await probe.stop(), startMs, nowMs(), "nobody");
    assert.ok(gapMs < SKEW_MS, `the client saw a gap of ${gapMs.toFixed(0)} ms`);
  });
}
