/** Every node made again by one `pulumi up`: one at a time, the backup first, and the VIP handed over before the master goes. */
import assert from "node:assert/strict";
import { z } from "zod";
import { observe } from "../../../lab/drills/answers.ts";
import { nowMs } from "../../../lab/drills/clock.ts";
import { RESIGNED_MS } from "../scene/promises.ts";
import { assertUnchanged, NODES, type Scene } from "../scene/scene.ts";

const SERVER = "openstack:compute/instance:Instance";
const exported = z.object({
  deployment: z.object({ resources: z.array(z.object({ urn: z.string(), type: z.string() })) }),
});

export function describeReplacing(scene: Scene): void {
  describe("replacing both nodes in one pulumi up", () => {
    it(`hands the VIP over and back: the client's gap is at most ${RESIGNED_MS.toFixed(0)} ms`, async () => {
      await scene.settled();
      const before = NODES.map((node) => scene.server(node));
      const servers = await urnsOfServers(scene);
      assert.equal(servers.length, NODES.length);
      const { publicAddress, port } = scene.subject("web");
      const probe = scene.client.probe(publicAddress, port);
      try {
        await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000);
        const startMs = nowMs();
        assert.match(await scene.up(...servers.flatMap((urn) => ["--replace", urn])), /replaced/);
        const tookMs = nowMs() - startMs;
        await scene.setStage();
        await scene.settled();
        const { gapMs, to } = observe(await probe.stop(), startMs, nowMs(), "edge-1");
        process.stdout.write(`      gap ${gapMs.toFixed(0)} ms, up ${(tookMs / 1_000).toFixed(0)} s\n`);
        assert.equal(to, "edge-2", "the backup stood in for the master");
        assert.ok(gapMs <= RESIGNED_MS, `the client saw a gap of ${gapMs.toFixed(0)} ms`);
      } finally {
        await probe.stop();
      }
      const after = NODES.map((node) => scene.server(node));
      assert.ok(!after.some((id) => before.includes(id)), "a server is the old one");
      assertUnchanged(await scene.up());
    });
  });
}

async function urnsOfServers(scene: Scene): Promise<readonly string[]> {
  const { deployment } = exported.parse(JSON.parse(await scene.pulumi("stack", "export")));
  return deployment.resources.filter(({ type }) => type === SERVER).map(({ urn }) => urn);
}
