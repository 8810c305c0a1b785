/**
 * The main job end to end: the real engine and provider, servers with systemd, packets. One environment, in the order
 * an operator would meet things; each section leaves the pair whole. The same on either of the lab's clouds.
 */
import { type CloudKind, labSettings } from "../../lab/settings/settings.ts";
import { FURTHER_VIPS, plantedSecrets } from "./scene/furtherVips.ts";
import { Scene, VIPS } from "./scene/scene.ts";
import { closeWorld, openWorld } from "./scene/world.ts";
import { describeAuthentication } from "./sections/authentication.ts";
import { describeBuilding } from "./sections/building.ts";
import { describeChanges } from "./sections/changes.ts";
import { describeChecksAndHooks } from "./sections/checksAndHooks.ts";
import { describeCloudsPart } from "./sections/cloudsPart.ts";
import { describeFailover } from "./sections/failover.ts";
import { describeLeaving } from "./sections/leaving.ts";
import { describeOperating } from "./sections/operating.ts";
import { describeReplacing } from "./sections/replacing.ts";
import { describeSecrets } from "./sections/secrets.ts";

export function describeEdgePair(cloud: CloudKind): void {
  describe(`an edge pair on the lab, its cloud ${PLAYED_BY[cloud]}`, function () {
    this.timeout(900_000);
    const settings = labSettings("test", cloud);
    const scene = new Scene(VIPS);
    const secrets = plantedSecrets();

    before(async () => {
      const world = await openWorld(settings, {
        edit: (document) => {
          for (const [name, vip] of Object.entries(FURTHER_VIPS))
            document.setIn(["config", "vip-failover:vips", name], vip);
          // As a stack from before VRRP was signed: sections/authentication.ts has it signed.
          document.setIn(["config", "vip-failover:vips", "web", "authentication"], "none");
          document.setIn(["config", "vip-failover:agentKeys"], { number: 0 });
        },
        secrets: {
          "vips.api.authentication.keys.1": secrets.apiKeys[1],
          "vips.voice.authentication": secrets.voicePassword,
        },
      });
      scene.enter(world);
    });

    after(async () => {
      await closeWorld(settings);
    });

    describeBuilding(scene);
    describeFailover(scene);
    describeChanges(scene);
    describeChecksAndHooks(scene);
    describeOperating(scene);
    describeAuthentication(scene, secrets);
    describeReplacing(scene);
    describeSecrets(scene, secrets);
    describeCloudsPart(scene);
    describeLeaving(scene);
  });
}

const PLAYED_BY = { doubles: "played by doubles", openstack: "a real OpenStack" } as const;
