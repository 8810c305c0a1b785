/** A pair whose agents move the floating IP through Neutron's API, end to end: for clouds that do not follow announcements. */
import assert from "node:assert/strict";
import { labSettings } from "../../lab/settings/settings.ts";
import { describeFailover } from "./floatingIp/failover.ts";
import { FloatingIp } from "./floatingIp/floatingIp.ts";
import { configureCredential, floatingIpPlay, VIP } from "./floatingIp/play.ts";
import { openCloud } from "./scene/cloudApi.ts";
import { becomes } from "./scene/movedAddress.ts";
import { assertUnchanged, NODES, Scene } from "./scene/scene.ts";
import { closeWorld, openWorld } from "./scene/world.ts";
import { assertNowhere } from "./sections/secrets.ts";

describe("a pair whose agents move the floating IP, on Neutron's double", function () {
  this.timeout(900_000);
  const settings = labSettings("floating");
  const scene = new Scene([VIP]);
  const floatingIp = new FloatingIp(scene);
  let secret: string;

  before(async () => {
    const world = await openWorld(settings, floatingIpPlay(settings));
    secret = await configureCredential(world);
    scene.enter(world);
  });

  after(async () => {
    await closeWorld(settings);
  });

  describe("pulumi up", () => {
    it("builds it, and reaches its nodes by their private addresses", async () => {
      await scene.up();
      await scene.setStage();
      const { nodes } = scene.outputs;
      assert.deepEqual(Object.keys(nodes).sort(), [...NODES]);
      for (const node of NODES) assert.equal(nodes[node]?.publicAddress, undefined);
      await scene.settled();
      await becomes(scene, floatingIp, "edge-1");
      await scene.calling(VIP, async (probe) => {
        assert.ok(await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000));
      });
      assertUnchanged(await scene.up());
    });
  });

  describeFailover(scene, floatingIp);

  describe("secrets", () => {
    it("stand in clear nowhere but in root's file on a node", async () => {
      await assertNowhere(scene, [["application credential's secret", secret]]);
    });
  });

  describe("pulumi destroy", () => {
    it("leaves nothing, the floating IP neither", async () => {
      await scene.pulumi("destroy", "--yes", "--skip-preview");
      const { settings, password } = scene.world;
      const left = await (await openCloud(settings, password)).leftovers();
      assert.deepEqual(left, { networks: 0, ports: 0, routers: 0, floatingips: 0, servers: 0 });
    });
  });
});
