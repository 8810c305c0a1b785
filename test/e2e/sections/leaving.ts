/** The end: nothing is left in the cloud, and nothing on the host. */
import assert from "node:assert/strict";
import { runCommand } from "../../../toolchain/command.ts";
import { openCloud } from "../scene/cloudApi.ts";
import type { Scene } from "../scene/scene.ts";
import { closeWorld } from "../scene/world.ts";

/** What an empty lab has on the host, by what plays its cloud. */
const OWN_NAMESPACES = {
  doubles: ["client", "fabric"],
  openstack: ["client", "control", "host-1", "host-2"],
} as const;

export function describeLeaving(scene: Scene): void {
  describe("pulumi destroy", () => {
    it("leaves nothing in the cloud", async () => {
      const { settings, password, lab } = scene.world;
      await scene.pulumi("destroy", "--yes", "--skip-preview");
      const left = await (await openCloud(settings, password)).leftovers();
      assert.deepEqual(left, { networks: 0, ports: 0, routers: 0, floatingips: 0, servers: 0 });
      assert.deepEqual((await lab.status()).servers, []);
      const { name } = settings;
      const own = OWN_NAMESPACES[settings.cloud].map((namespace) => `${name}-${namespace}`);
      assert.deepEqual((await namespacesOf(name)).sort(), own);
    });
  });

  describe("lab down", () => {
    it("leaves nothing on the host", async () => {
      const { settings } = scene.world;
      const { name } = settings;
      await closeWorld(settings);
      assert.deepEqual(await namespacesOf(name), []);
      const { stdout } = await runCommand(["pgrep", "--full", `machine=${name}`], { accept: [0, 1] });
      assert.equal(stdout, "");
    });
  });
}

async function namespacesOf(lab: string): Promise<string[]> {
  const { stdout } = await runCommand(["ip", "netns", "list"]);
  return stdout
    .split("\n")
    .flatMap((line) => line.split(" ")[0] ?? [])
    .filter((name) => name.startsWith(`${lab}-`));
}
