/** What the cloud has to allow, shown by taking it away: the allowed pair, the peer link's port, protocol 112. */
import assert from "node:assert/strict";
import { summarise } from "../../../bench/report/summary.ts";
import { type Answer, observe } from "../../../lab/drills/answers.ts";
import { nowMs } from "../../../lab/drills/clock.ts";
import { drillNamed } from "../../../lab/drills/drill.ts";
import { rehearse } from "../../../lab/drills/rehearse.ts";
import { type DrillRecord, toRecord } from "../../../lab/drills/report.ts";
import { type CloudApi, openCloud, type Rule } from "../scene/cloudApi.ts";
import { RESIGNED_MS, SILENT_MS } from "../scene/promises.ts";
import { NODES, type NodeName, type Scene } from "../scene/scene.ts";

const PEER_LINK_PORT = 4112;

export function describeCloudsPart(scene: Scene): void {
  describeAllowedPair(scene);
  describePeerLinkRule(scene);
  describeProtocolRule(scene);
}

const cloudOf = ({ world }: Scene): Promise<CloudApi> => openCloud(world.settings, world.password);

function describeAllowedPair(scene: Scene): void {
  describe("without the allowed pair on the backup's port", () => {
    it("the client loses the address", async () => {
      await scene.settled();
      const cloud = await cloudOf(scene);
      const backup = scene.server("edge-2");
      const port = (await cloud.ports()).find(({ device_id: device }) => device === backup);
      assert.ok(port, "edge-2 has a port");
      const pairs = port.allowed_address_pairs.map(({ ip_address: address }) => address);
      await scene.calling("web", async (probe) => {
        await cloud.setAllowedPairs(port.id, []);
        await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000);
        await scene.run("edge-1", "systemctl", "stop", "failover-agent");
        await scene.roleBecomes("edge-2", "web", "master");
        // A cloud's hosts take a moment to follow what its API was told.
        await scene.soon("the client gets no answer any more", async () => {
          const sinceMs = nowMs();
          const isLater = ({ by, sentMs }: Answer): boolean => by !== undefined && sentMs > sinceMs;
          return (await probe.waitForAnswer(isLater, 4_000)) === undefined;
        });
        const sinceMs = nowMs();
        await cloud.setAllowedPairs(port.id, pairs);
        const healed = await probe.waitForAnswer(({ by, sentMs }) => by === "edge-2" && sentMs > sinceMs, 30_000);
        assert.ok(healed, "with the pair back the client reaches edge-2");
      });
      await scene.run("edge-1", "systemctl", "start", "failover-agent");
      await scene.settled();
    });
  });
}

function describePeerLinkRule(scene: Scene): void {
  describe("without the rule for the peer link the protocols alone decide", () => {
    const records: DrillRecord[] = [];
    const bounds = { "power-off": SILENT_MS, "stop-agent": RESIGNED_MS, "kill-agent": RESIGNED_MS };

    before(async () => {
      await takeAway(scene, (rule) => rule.port_range_min === PEER_LINK_PORT);
      // A connection that both ends go on to use outlives its rule: each host takes the other's packets for answers. And a
      // cloud's hosts take a moment to follow what its API was told.
      await scene.soon("the peer link is lost for good", () => loseLinks(scene));
    });

    for (const [drill, boundMs] of Object.entries(bounds)) {
      it(`${drill}: the client's gap is at most ${boundMs.toFixed(0)} ms, by VRRP and by CARP`, async () => {
        await scene.settled();
        await scene.calling("voice", async (probe) => {
          const result = await rehearse(scene.world.lab, scene.client, scene.subject("web"), drillNamed(drill));
          records.push({ ...toRecord(result), drill: `${drill} (no peer link)` });
          const { injectedMs, untilMs } = result.window;
          const carp = observe(await probe.stop(), injectedMs, untilMs, "edge-1");
          assert.notEqual(result.reason, "peer-lost");
          assert.equal(result.staleHolder, false, "the old master still held the address");
          for (const [protocol, seen] of Object.entries({ VRRP: result, CARP: carp })) {
            const gap = `by ${protocol}: gap ${seen.gapMs.toFixed(0)} ms, bound ${boundMs.toFixed(0)} ms`;
            assert.equal(seen.to, "edge-2", gap);
            assert.ok(seen.gapMs <= boundMs, gap);
          }
        });
      });
    }

    after(() => {
      process.stdout.write(`\n${summarise(records)}\n\n`);
    });
  });
}

/** Cuts the peer link for a while. @returns whether it is still lost when everything else has settled again */
async function loseLinks(scene: Scene): Promise<boolean> {
  const { lab } = scene.world;
  await lab.setLink(scene.server("edge-2"), "blackhole");
  for (const node of NODES) await scene.soon(`${node} has lost its peer`, () => hasLostPeer(scene, node));
  await lab.setLink(scene.server("edge-2"), "up");
  await scene.settled();
  return (await Promise.all(NODES.map((node) => hasLostPeer(scene, node)))).every(Boolean);
}

async function hasLostPeer(scene: Scene, node: NodeName): Promise<boolean> {
  return (await scene.status(node)).peerLink?.peers.every(({ state }) => state === "lost") ?? false;
}

function describeProtocolRule(scene: Scene): void {
  describe("without the rule for protocol 112", () => {
    before(async () => {
      await scene.settled();
      await takeAway(scene, ({ protocol }) => /^(112|vrrp)$/.test(protocol ?? ""));
    });

    it("by multicast both nodes become master, and each says that it hears nobody", async () => {
      for (const node of NODES) await scene.roleBecomes(node, "voice", "master");
      for (const node of NODES) {
        const text = await scene.agent(node, "status");
        assert.match(text, /hear|heard/, `the status of ${node} does not speak of what it hears:\n${text}`);
      }
    });

    // What one has sent lately its host remembers, and takes the other's packets for the answers; a backup that was silent takes
    // over first, and speaks. The rule itself is shown with a listener that never speaks: test/openstack/servers.lab.ts.
    it("by unicast the pair is well, or soon again: what both send, neither's filter holds back", async () => {
      for (const vip of ["api", "web"]) {
        await scene.roleBecomes("edge-2", vip, "backup");
        await scene.roleBecomes("edge-1", vip, "master");
      }
    });

    it("pulumi up mends it", async () => {
      assert.match(await scene.up("--refresh"), /2 created/, "this rule and the peer link's");
      await scene.settled();
    });
  });
}

/** Deletes the one rule for what comes in that matches. */
async function takeAway(scene: Scene, matches: (rule: Rule) => boolean): Promise<void> {
  const cloud = await cloudOf(scene);
  const rules = (await cloud.rules()).filter((rule) => rule.direction === "ingress" && matches(rule));
  assert.equal(rules.length, 1);
  await cloud.deleteRule(rules[0]?.id ?? "");
}
