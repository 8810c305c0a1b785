/**
 * Signed advertisements: `api` changes its own key, `web`, which was never signed, begins to be, then all keys that the
 * agents share change, and what is not signed is refused.
 */
import assert from "node:assert/strict";
import { encodeVrrp } from "../../../agent/protocol/vrrp.ts";
import type { VirtualRouterStatus } from "../../../agent/virtualRouter/status.ts";
import { observe } from "../../../lab/drills/answers.ts";
import { nowMs } from "../../../lab/drills/clock.ts";
import type { PlantedSecrets } from "../scene/furtherVips.ts";
import { SKEW_MS } from "../scene/promises.ts";
import { NODES, type NodeName, type Scene } from "../scene/scene.ts";
import { documentOf } from "./secrets.ts";

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

/** Of a node's document, what changes here. */
interface Keys {
  readonly virtualRouters: readonly {
    readonly name: string;
    readonly authentication?: { readonly mode: string; readonly active: number };
  }[];
  readonly peerLink: { readonly key: string; readonly keyNumber?: number };
}

const SIGNED = ["web", "api"] as const;

export function describeAuthentication(scene: Scene, secrets: PlantedSecrets): void {
  const sides = async (vip = "api"): Promise<Sides> => {
    const [master, backup] = await Promise.all([
      scene.virtualRouter("edge-1", vip),
      scene.virtualRouter("edge-2", vip),
    ]);
    return { master, backup };
  };
  const keysOf = async (node: NodeName): Promise<Keys> => JSON.parse(await documentOf(scene, node)) as Keys;
  const modes = (): Promise<readonly (string | undefined)[]> =>
    Promise.all(
      NODES.map(async (node) => {
        const { virtualRouters } = await keysOf(node);
        return virtualRouters.find(({ name }) => name === "web")?.authentication?.mode;
      }),
    );

  /** Runs what changes keys while a client calls, and expects every advertisement of every signed VIP to be heard. */
  async function changing(act: () => Promise<void>): Promise<void> {
    await scene.settled();
    await scene.calling("api", async (probe) => {
      await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000);
      const startMs = nowMs();
      const before = await Promise.all(SIGNED.map(sides));
      await act();
      const reached = await Promise.all(SIGNED.map(sides));
      await scene.soon("some more are heard", async () => {
        const now = await Promise.all(SIGNED.map(sides));
        return now.every(
          ({ backup }, index) => backup.counters.received > (reached[index]?.backup.counters.received ?? 0) + 2,
        );
      });
      for (const [index, vip] of SIGNED.entries()) {
        const sidesBefore = before[index];
        assert.ok(sidesBefore !== undefined);
        assertNothingLost(sidesBefore, await sides(vip));
      }
      const seen = observe(await probe.stop(), startMs, nowMs(), "edge-1");
      assert.equal(seen.to, undefined, "the address moved");
      assert.ok(seen.gapMs < SKEW_MS, `the client saw a gap of ${seen.gapMs.toFixed(0)} ms`);
    });
  }

  describe("the key that signs the advertisements of a VIP", () => {
    it("is changed by two pulumi up, while a VIP that was unsigned begins to sign, and not one advertisement is lost or refused", async () => {
      assert.deepEqual(await modes(), [undefined, undefined]);
      await changing(async () => {
        await scene.world.configureSecret("vips.api.authentication.keys.2", secrets.apiKeys[2]);
        await scene.world.configure(["vips", "web", "authentication"], undefined);
        assert.match(await scene.up("--diff"), /replaced|updated|changed/);
      });
      assert.deepEqual(await modes(), ["permissive", "permissive"]);
      await changing(async () => {
        await scene.world.configure(["vips", "api", "authentication", "active"], 2);
        await scene.world.configure(["agentKeys", "number"], 1);
        assert.match(await scene.up("--diff"), /replaced|updated|changed/);
      });
      assert.deepEqual(await modes(), ["enforce", "enforce"]);
    });

    it("is changed by one number and one pulumi up with all that the agents share, and no peer is lost", async () => {
      const before = await keysOf("edge-1");
      const lost = async (): Promise<number> =>
        (await Promise.all(NODES.map((node) => scene.journal(node)))).join("\n").split("wrong-key").length;
      const lostBefore = await lost();
      await changing(async () => {
        await scene.world.configure(["agentKeys", "number"], 2);
        assert.match(await scene.up("--diff"), /replaced|updated|changed/);
      });
      for (const node of NODES) {
        const { peerLink, virtualRouters } = await keysOf(node);
        assert.notEqual(peerLink.key, before.peerLink.key);
        assert.equal(peerLink.keyNumber, 2);
        assert.equal(virtualRouters.find(({ name }) => name === "web")?.authentication?.active, 2);
        await scene.soon(`${node} is connected to its peer`, async () => {
          const { peerLink: link } = await scene.status(node);
          return link?.peers.every(({ state, configMatches }) => state === "connected" && configMatches) ?? false;
        });
      }
      assert.equal(await lost(), lostBefore, "a key was refused");
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
