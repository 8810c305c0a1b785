/**
 * The main job end to end: the real engine and provider, servers with systemd, packets. One environment, in the order
 * an operator would meet things; each section leaves the pair whole.
 */
import { Scene } from "./scene.ts";
import { describeAuthentication } from "./sections/authentication.ts";
import { describeBuilding } from "./sections/building.ts";
import { describeChanges } from "./sections/changes.ts";
import { describeChecksAndHooks } from "./sections/checksAndHooks.ts";
import { describeCloudsPart } from "./sections/cloudsPart.ts";
import { describeFailover } from "./sections/failover.ts";
import { describeLeaving } from "./sections/leaving.ts";
import { describeOperating } from "./sections/operating.ts";
import { describeSecrets } from "./sections/secrets.ts";
import { closeWorld, openWorld } from "./world.ts";

describe("an edge pair on the lab", function () {
  this.timeout(900_000);
  const scene = new Scene();

  before(async () => {
    scene.enter(await openWorld());
  });

  after(async () => {
    await closeWorld();
  });

  describeBuilding(scene);
  describeFailover(scene);
  describeChanges(scene);
  describeChecksAndHooks(scene);
  describeOperating(scene);
  describeAuthentication(scene);
  describeSecrets(scene);
  describeCloudsPart(scene);
  describeLeaving(scene);
});
