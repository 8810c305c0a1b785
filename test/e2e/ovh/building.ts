/** `pulumi up` at OVH: what comes up, who gets the failover IP, and that a second `up` has nothing to do. */
import assert from "node:assert/strict";
import { runCommand } from "../../../toolchain/command.ts";
import { becomes } from "../scene/movedAddress.ts";
import { assertUnchanged, NODES, type Scene } from "../scene/scene.ts";
import { documentOf } from "../sections/secrets.ts";
import type { FailoverIp } from "./failoverIp.ts";
import { FAILOVER_IP, PING_TARGET, VIP } from "./play.ts";

export function describeBuilding(scene: Scene, failoverIp: FailoverIp, password: string): void {
  describe("pulumi up", () => {
    it("builds the pair in the vRack", async () => {
      await addPingTarget(scene);
      await scene.up();
      await scene.setStage();
      const { vips, nodes } = scene.outputs;
      assert.deepEqual(Object.keys(nodes).sort(), [...NODES]);
      assert.deepEqual([vips[VIP]?.protocol, vips[VIP]?.virtualRouterId], ["carp", 1]);
      assert.equal(vips[VIP]?.publicAddress, FAILOVER_IP);
      assert.equal((await scene.world.cloud.ovh()).vrack?.hasProject, true);
      const document = JSON.parse(await documentOf(scene, "edge-1")) as { virtualRouters: readonly object[] };
      assert.deepEqual(
        document.virtualRouters.map((router) => "advertisementSkew" in router && router.advertisementSkew),
        [1],
      );
    });

    it("and the master has the failover IP, and answers there", async () => {
      await scene.settled();
      await becomes(scene, failoverIp, "edge-1");
      await scene.calling(VIP, async (probe) => {
        assert.ok(await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000));
      });
    });

    it("a second one changes nothing", async () => {
      assertUnchanged(await scene.up());
    });

    it("gives the agents credentials that can do two calls and nothing else", async () => {
      const { ovh } = JSON.parse(await documentOf(scene, "edge-1")) as { ovh: { credentials: Record<string, string> } };
      assert.deepEqual(Object.keys(ovh.credentials).sort(), ["clientId", "clientSecret", "tokenUrl"]);
      assert.ok((await documentOf(scene, "edge-2")).includes(password), "what is looked for later is really there");
    });
  });
}

/** The client host answers for the world that the article pings. */
async function addPingTarget({ world }: Scene): Promise<void> {
  const { clientNamespace } = await world.lab.status();
  await runCommand(["ip", "-n", clientNamespace, "address", "replace", `${PING_TARGET}/32`, "dev", "lo"]);
}
