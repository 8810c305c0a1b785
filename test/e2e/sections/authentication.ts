/** Signed advertisements, of `api`: the key is changed under way, and what is not signed is refused. */
import assert from "node:assert/strict";
import type { VirtualRouterStatus } from "../../../agent/node/status.ts";
import { encodeVrrp } from "../../../agent/protocol/vrrp.ts";
import { observe } from "../../../lab/drills/answers.ts";
import { nowMs } from "../../../lab/drills/clock.ts";
import type { PlantedSecrets } from "../furtherVips.ts";
import { SKEW_MS } from "../promises.ts";
import type { Scene } from "../scene.ts";

/** Sends hexadecimal to an address as a datagram of IP protocol 112 with the TTL of VRRP. */
const SEND = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
s.sendto(bytes.fromhex(sys.argv[1]), (sys.argv[2], 0))`;
const FORGED = 5;

/** Both sides of the segment at about the same moment. */
interface Sides {
  readonly master: VirtualRouterStatus;
  readonly backup: VirtualRouterStatus;
}

export function describeAuthentication(scene: Scene, secrets: PlantedSecrets): void {
  const sides = async (): Promise<Sides> => {
    const [master, backup] = await Promise.all([
      scene.virtualRouter("edge-1", "api"),
      scene.virtualRouter("edge-2", "api"),
    ]);
    return { master, backup };
  };

  describe("the key that signs the advertisements of a VIP", () => {
    it("is changed by two pulumi up, and not one advertisement is lost or refused", async () => {
      await scene.settled();
      await scene.calling("api", async (probe) => {
        await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000);
        const startMs = nowMs();
        const before = await sides();
        await scene.world.configureSecret("vips.api.authentication.keys.2", secrets.apiKeys[2]);
        assert.match(await scene.up("--diff"), /replaced|updated|changed/);
        assertNothingLost(before, await sides());
        await scene.world.configure(["vips", "api", "authentication", "active"], 2);
        assert.match(await scene.up("--diff"), /replaced|updated|changed/);
        const after = await sides();
        await scene.soon("some more are heard", async () => {
          return (await sides()).backup.counters.received > after.backup.counters.received + 2;
        });
        assertNothingLost(before, await sides());
        const seen = observe(await probe.stop(), startMs, nowMs(), "edge-1");
        assert.equal(seen.to, undefined, "the address moved");
        assert.ok(seen.gapMs < SKEW_MS, `the client saw a gap of ${seen.gapMs.toFixed(0)} ms`);
      });
    });

    it("is needed: an advertisement without a signature is refused and counted, whatever priority it claims", async () => {
      const { address, nodes, virtualRouterId } = scene.vip("api");
      const [source = "", destination = ""] = nodes.map((node) => node.address);
      const forged = encodeVrrp(
        { virtualRouterId, priority: 254, maxAdvertiseIntervalCentis: 50, addresses: [address] },
        { source, destination },
      );
      const before = await sides();
      for (let sent = 0; sent < FORGED; sent += 1) {
        await scene.run("edge-1", "python3", "-c", SEND, Buffer.from(forged).toString("hex"), destination);
      }
      await scene.soon("the forged advertisements are counted", async () => {
        return refusals((await sides()).backup)["auth-missing"] === FORGED;
      });
      const after = await sides();
      assert.deepEqual(after.backup.lastTransition, before.backup.lastTransition);
      assert.equal(after.backup.peers[0]?.priority, 200, "the forged priority is nowhere");
    });
  });
}

/** What one sent the other received, but for one that may be between the two looks; nobody's role changed. */
function assertNothingLost(before: Sides, after: Sides): void {
  const sent = after.master.counters.sent - before.master.counters.sent;
  const received = after.backup.counters.received - before.backup.counters.received;
  assert.ok(sent >= 2, `the master sent ${sent} advertisements meanwhile`);
  assert.ok(Math.abs(sent - received) <= 1, `sent ${sent}, received ${received}`);
  for (const side of ["master", "backup"] as const) {
    assert.deepEqual(refusals(after[side]), {}, `refused by the ${side}`);
    assert.deepEqual(after[side].lastTransition, before[side].lastTransition, `the ${side}'s role changed`);
  }
}

/** What authentication refused, by reason. */
function refusals({ counters }: VirtualRouterStatus): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counters.dropped).filter(([reason]) => reason.startsWith("auth-")));
}
