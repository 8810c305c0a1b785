/** The first article's environment on OVH's double, end to end: vRack, CARP, and a failover IP that follows the master. */
import { labSettings } from "../../lab/settings/settings.ts";
import { describeBuilding } from "./ovh/building.ts";
import { describeFailover } from "./ovh/failover.ts";
import { FailoverIp } from "./ovh/failoverIp.ts";
import { describeFaults } from "./ovh/faults.ts";
import { describeLosses } from "./ovh/losses.ts";
import { plantedPassword, seedPlay, VIP } from "./ovh/play.ts";
import { Scene } from "./scene/scene.ts";
import { closeWorld, openWorld } from "./scene/world.ts";

describe("the first article's pair on OVH's double", function () {
  this.timeout(900_000);
  const settings = labSettings("ovh");
  const scene = new Scene([VIP]);
  const failoverIp = new FailoverIp(scene);
  const password = plantedPassword();

  before(async () => {
    scene.enter(await openWorld(settings, seedPlay(settings, password)));
  });

  after(async () => {
    await closeWorld(settings);
  });

  describeBuilding(scene, failoverIp, password);
  describeFailover(scene, failoverIp);
  describeFaults(scene, failoverIp);
  describeLosses(scene, failoverIp, password);
});
