/** The floating IP follows the master, whatever takes that away and whatever Neutron does, and Pulumi lets it be. */
import assert from "node:assert/strict";
import { asSeenBy, becomes, drilled, lose, type Seen, tableOf, whole } from "../scene/movedAddress.ts";
import { assertUnchanged, type Scene } from "../scene/scene.ts";
import type { FloatingIp } from "./floatingIp.ts";

/** To miss the master, and what calls of Neutron's take on a busy machine. */
const OUTAGE_MS = 10_000;
const MOVE = { method: "PUT", path: "/v2.0/floatingips/" } as const;

export function describeFailover(scene: Scene, floatingIp: FloatingIp): void {
  describe("the floating IP", () => {
    const seen: Seen[] = [];

    for (const loss of ["power-off", "private-link-down", "stop-agent"].map(drilled)) {
      it(`answers again from edge-2 after ${loss.name} of the master, and from edge-1 when that is over`, async () => {
        await whole(scene, floatingIp);
        seen.push(await lose(scene, floatingIp, loss, OUTAGE_MS));
      });
    }

    for (const [what, fault] of [
      ["the move is done, and no answer comes", { ...MOVE, outcome: "never", timing: "after", times: 1 }],
      ["Neutron fails four times", { ...MOVE, status: 500, times: 4 }],
      ["tokens are refused once", { path: "/v2.0/floatingips", status: 401, times: 1 }],
    ] as const) {
      it(`goes where it belongs though ${what}`, async () => {
        await whole(scene, floatingIp);
        await scene.world.cloud.fail(fault);
        try {
          await scene.agent("edge-1", "drain");
          await becomes(scene, floatingIp, "edge-2");
        } finally {
          await scene.world.cloud.heal();
          await scene.agent("edge-1", "undrain");
        }
      });
    }

    it("is taken back when somebody led it nowhere", async () => {
      await whole(scene, floatingIp);
      await scene.soon(
        "the agent knows it",
        async () => (await asSeenBy(scene, floatingIp, "edge-1")).phase === "held",
      );
      await floatingIp.detach();
      await becomes(scene, floatingIp, "edge-1");
    });

    it("is moved neither by up, nor by a preview with refresh, nor by up --refresh while the backup has it", async () => {
      await whole(scene, floatingIp);
      await scene.agent("edge-1", "drain");
      await becomes(scene, floatingIp, "edge-2");
      const before = await floatingIp.state();
      assertUnchanged(await scene.up());
      await scene.pulumi("preview", "--refresh", "--expect-no-changes");
      assertUnchanged(await scene.up("--refresh"));
      assert.deepEqual(await floatingIp.state(), before);
      await scene.agent("edge-1", "undrain");
      await whole(scene, floatingIp);
    });

    after(() => {
      process.stdout.write(`\n${tableOf(seen)}\n\n`);
    });
  });
}
