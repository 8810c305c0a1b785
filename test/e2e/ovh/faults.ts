/** OVH's API fails while the master changes: the address ends where it should, on real machines. */
import assert from "node:assert/strict";
import type { CloudControl } from "../../../lab/control/cloudWords.ts";
import { nowMs } from "../../../lab/drills/clock.ts";
import { becomes, whole } from "../scene/movedAddress.ts";
import type { NodeName, Scene } from "../scene/scene.ts";
import type { FailoverIp } from "./failoverIp.ts";
import { VIP } from "./play.ts";

const MOVE_MS = 1_000;
/** A busy machine, and the three looks that an answer may need. */
const SLACK_MS = 8_000;
const PARTITION_MS = 60_000;
const PARTITION_MOVE_MS = 5_000;

interface Fault {
  readonly name: string;
  /** What it may cost by itself, in milliseconds. */
  readonly costMs: number;
  readonly begin: (cloud: CloudControl) => Promise<void>;
}

const ATTACH = "/ip/failover/[^/]+/attach$";
const FAULTS: readonly Fault[] = [
  {
    name: "the whole API is gone for 5 s",
    costMs: 14_000,
    begin: async (cloud) => {
      await cloud.setReachable(false);
      setTimeout(() => void cloud.setReachable(true), 5_000);
    },
  },
  {
    name: "the move is done, and no answer comes",
    costMs: 12_000,
    begin: (cloud) => cloud.fail({ method: "POST", path: ATTACH, outcome: "never", timing: "after", times: 1 }),
  },
  {
    name: "a page instead of JSON, three times",
    costMs: 5_000,
    begin: (cloud) => cloud.fail({ path: "/ip/failover", status: 502, body: "<html>Bad Gateway</html>", times: 3 }),
  },
];

export function describeFaults(scene: Scene, failoverIp: FailoverIp): void {
  describe("a failover while OVH's API fails", () => {
    before(() => scene.world.cloud.adjustOvh({ moveMs: MOVE_MS }));
    afterEach(async () => {
      await scene.world.cloud.heal();
      await scene.agent("edge-1", "undrain");
    });

    for (const { name, costMs, begin } of FAULTS) {
      const boundMs = MOVE_MS + costMs + SLACK_MS;
      it(`${name}: at the master within ${(boundMs / 1_000).toFixed(0)} s`, async () => {
        await whole(scene, failoverIp);
        await begin(scene.world.cloud);
        const fromMs = nowMs();
        await scene.agent("edge-1", "drain");
        await becomes(scene, failoverIp, "edge-2");
        const tookMs = nowMs() - fromMs;
        assert.ok(tookMs <= boundMs, `${tookMs.toFixed(0)} ms`);
        process.stdout.write(`      ${tookMs.toFixed(0)} ms; ${await failoverIp.assertWithinLimits()}\n`);
      });
    }
  });

  describe(`a private network that is cut for ${PARTITION_MS / 1_000} s, with moves of ${PARTITION_MOVE_MS / 1_000} s`, () => {
    it("costs two moves at most, the client nothing that the master answers, and leaves one owner", async () => {
      const { cloud, lab } = scene.world;
      await cloud.adjustOvh({ moveMs: PARTITION_MOVE_MS });
      await whole(scene, failoverIp);
      await cloud.forgetOvhRequests();
      await scene.calling(VIP, async (probe) => {
        await lab.setLink(scene.server("edge-1"), "blackhole", "private");
        try {
          await rolesBecome(scene, ["edge-1", "edge-2"], "master");
          await probe.waitUntil(nowMs() + PARTITION_MS);
        } finally {
          await lab.setLink(scene.server("edge-1"), "up", "private");
        }
        await whole(scene, failoverIp);
      });
      const moves = await failoverIp.moves();
      process.stdout.write(`      ${moves} moves; ${await failoverIp.assertWithinLimits()}\n`);
      assert.ok(moves <= 2, `${moves} moves`);
      assert.ok(await failoverIp.isAt("edge-1"));
      await cloud.heal();
    });
  });
}

async function rolesBecome(scene: Scene, nodes: readonly NodeName[], role: string): Promise<void> {
  for (const node of nodes) await scene.roleBecomes(node, VIP, role);
}
