/** The failover IP follows the master, whatever takes it away. */
import assert from "node:assert/strict";
import { nowMs } from "../../../lab/drills/clock.ts";
import { drillNamed } from "../../../lab/drills/drill.ts";
import {
  becomes,
  drilled,
  type Loss,
  lose,
  masterOf,
  type Seen,
  TAKEOVER_MS,
  tableOf,
  whole,
} from "../scene/movedAddress.ts";
import { assertUnchanged, type Scene } from "../scene/scene.ts";
import type { FailoverIp } from "./failoverIp.ts";
import { PING_TARGET, VIP } from "./play.ts";

const MOVE_MS = 2_000;
/** From the change of role to the request, as a median. */
const REQUESTED_MS = 50;
/** Beside the move's own time: to miss the master, and to see that the move is over. */
const OUTAGE_MS = 10_000;

/** The master's way to the ping target, and to nothing else. */
const route = (scene: Scene, verb: "add" | "del"): Promise<string> =>
  scene.run("edge-1", "ip", "route", verb, "blackhole", `${PING_TARGET}/32`);

const LOSSES: readonly Loss[] = [
  drilled("power-off"),
  drilled("private-link-down"),
  drilled("stop-agent"),
  {
    name: "ping-lost",
    inject: async (scene) => {
      await route(scene, "add");
    },
    restore: async (scene) => {
      await route(scene, "del");
    },
  },
];

export function describeFailover(scene: Scene, failoverIp: FailoverIp): void {
  describe(`the failover IP, whose moves take ${MOVE_MS} ms`, () => {
    const seen: Seen[] = [];

    before(() => scene.world.cloud.adjustOvh({ moveMs: MOVE_MS }));

    for (const loss of LOSSES) {
      it(`answers again from edge-2 after ${loss.name} of the master, and from edge-1 when that is over`, async () => {
        await whole(scene, failoverIp);
        seen.push(await lose(scene, failoverIp, loss, MOVE_MS + OUTAGE_MS));
      });
    }

    it("a killed agent is replaced: the failover IP answers on, from whoever is master", async () => {
      await whole(scene, failoverIp);
      await scene.calling(VIP, async (probe) => {
        assert.ok(await probe.waitForAnswer(({ by }) => by === "edge-1", TAKEOVER_MS));
        const killedMs = nowMs();
        await drillNamed("kill-agent").inject(scene.world.lab, scene.server("edge-1"));
        await scene.soon("the failover IP is where the master is", async () => {
          const master = await masterOf(scene, failoverIp);
          return master !== undefined && (await failoverIp.isAt(master));
        });
        const answered = await probe.waitForAnswer(
          ({ by, sentMs }) => by !== undefined && sentMs > killedMs,
          TAKEOVER_MS,
        );
        assert.ok(answered);
      });
      await whole(scene, failoverIp);
    });

    it(`is asked for within ${REQUESTED_MS} ms of the change of role, as a median`, () => {
      const requested = seen.map(({ requestedAfterMs }) => requestedAfterMs).toSorted((a, b) => a - b);
      const median = requested[Math.floor(requested.length / 2)] ?? assert.fail();
      assert.ok(
        median < REQUESTED_MS,
        `${median.toFixed(1)} ms of ${requested.map((one) => one.toFixed(1)).join(", ")}`,
      );
    });

    it("neither up, nor a preview with refresh, nor up --refresh moves it while the backup has it", async () => {
      await whole(scene, failoverIp);
      await scene.agent("edge-1", "drain");
      await becomes(scene, failoverIp, "edge-2");
      await scene.world.cloud.forgetOvhRequests();
      assertUnchanged(await scene.up());
      await scene.pulumi("preview", "--refresh", "--expect-no-changes");
      assertUnchanged(await scene.up("--refresh"));
      assert.ok(await failoverIp.isAt("edge-2"));
      assert.equal(await failoverIp.moves(), 0);
      await scene.agent("edge-1", "undrain");
      await whole(scene, failoverIp);
    });

    after(async () => {
      process.stdout.write(`\n${tableOf(seen)}\n${await failoverIp.assertWithinLimits()}\n\n`);
    });
  });
}
