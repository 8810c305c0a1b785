/** A node that is gone for good, the secrets, and the end: what Pulumi does about the failover IP, which is nothing. */
import assert from "node:assert/strict";
import { ensureSecrets } from "../../../lab/settings/keys.ts";
import { logIn } from "../../../lab/settings/operator.ts";
import { openCloud } from "../scene/cloudApi.ts";
import { becomes, whole } from "../scene/movedAddress.ts";
import { assertUnchanged, type Scene } from "../scene/scene.ts";
import { assertNowhere, documentOf } from "../sections/secrets.ts";
import type { FailoverIp } from "./failoverIp.ts";

export function describeLosses(scene: Scene, failoverIp: FailoverIp, password: string): void {
  describe("a master that is deleted in the cloud", () => {
    it("loses the failover IP to the backup, which nobody has to help", async () => {
      await whole(scene, failoverIp);
      const { settings, password: cloudPassword } = scene.world;
      const operator = await logIn(settings.apiPort, cloudPassword);
      await operator.call("DELETE", `compute/v2.1/servers/${scene.server("edge-1")}`);
      await becomes(scene, failoverIp, "edge-2");
    });

    it("is made again by up --refresh, with the addresses it had, and takes the failover IP back by itself", async () => {
      await scene.up("--refresh");
      await scene.setStage();
      await whole(scene, failoverIp);
      assertUnchanged(await scene.up());
    });
  });

  describe("secrets", () => {
    it("of the agents' credentials and the group stand in clear nowhere but in root's file on a node", async () => {
      const { environment } = await ensureSecrets(scene.world.settings);
      const { ovh } = JSON.parse(await documentOf(scene, "edge-1")) as {
        ovh: { credentials: { clientSecret: string } };
      };
      await assertNowhere(scene, [
        ["CARP password", password],
        ["service account's secret", ovh.credentials.clientSecret],
        ["operator's application secret", environment["OVH_APPLICATION_SECRET"] ?? assert.fail()],
        ["operator's consumer key", environment["OVH_CONSUMER_KEY"] ?? assert.fail()],
      ]);
    });
  });

  describe("pulumi destroy", () => {
    it("leaves nothing, and parks nothing: the project keeps its failover IP and its vRack", async () => {
      await scene.pulumi("destroy", "--yes", "--skip-preview");
      const { settings, password: cloudPassword, cloud } = scene.world;
      const left = await (await openCloud(settings, cloudPassword)).leftovers();
      assert.deepEqual(left, { networks: 0, ports: 0, routers: 0, floatingips: 0, servers: 0 });
      assert.equal((await cloud.ovh()).vrack?.hasProject, true, "it was there before");
      await failoverIp.status();
    });
  });
}
