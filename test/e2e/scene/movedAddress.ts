/** A public address that the agents move: how it follows the master, whatever takes that away, as a client sees it. */
import assert from "node:assert/strict";
import type { PublicAddressStatus } from "../../../agent/publicAddress/routeDriver.ts";
import { observe } from "../../../lab/drills/answers.ts";
import { nowMs } from "../../../lab/drills/clock.ts";
import { drillNamed } from "../../../lab/drills/drill.ts";
import { table } from "../../../lab/table.ts";
import type { NodeName, Scene } from "./scene.ts";

/** Until a master is missed, a move is over, and what a busy machine adds. */
export const TAKEOVER_MS = 30_000;

export interface MovedAddress {
  /** Of which VIP it is. */
  readonly vip: string;
  readonly address: string;
  /** Whether a node has it, as the cloud says, with no move under way. */
  isAt(node: NodeName): Promise<boolean>;
}

/** What takes the master's place away, and gives it back. */
export interface Loss {
  readonly name: string;
  readonly inject: (scene: Scene, master: string) => Promise<void>;
  readonly restore: (scene: Scene, master: string) => Promise<void>;
}

/** One of the lab's drills. */
export const drilled = (name: string): Loss => {
  const drill = drillNamed(name);
  return {
    name,
    inject: ({ world }, master) => drill.inject(world.lab, master),
    restore: ({ world }, master) => drill.restore(world.lab, master),
  };
};

/** What a loss cost, in milliseconds. */
export interface Seen {
  readonly loss: string;
  readonly gapMs: number;
  readonly requestedAfterMs: number;
  readonly tookMs: number;
}

export const becomes = (scene: Scene, moved: MovedAddress, node: NodeName): Promise<void> =>
  scene.soon(`${moved.address} leads to ${node}`, () => moved.isAt(node));

/** Everything is where it belongs when all are well. */
export async function whole(scene: Scene, moved: MovedAddress): Promise<void> {
  await scene.settled();
  await becomes(scene, moved, "edge-1");
}

/** How the agent of a node sees it. */
export async function asSeenBy(scene: Scene, { address }: MovedAddress, node: NodeName): Promise<PublicAddressStatus> {
  const { publicAddresses } = await scene.status(node);
  return publicAddresses.find((one) => one.address === address) ?? assert.fail(`${node} has no such claim`);
}

/** The node that is master of the VIP; undefined while none is known to be. */
export async function masterOf(scene: Scene, { vip }: MovedAddress): Promise<NodeName | undefined> {
  for (const node of ["edge-1", "edge-2"] as const) {
    if ((await scene.virtualRouter(node, vip).catch(() => undefined))?.role === "master") return node;
  }
  return undefined;
}

/** Takes edge-1's place away and gives it back; the address follows both times. @param boundMs the longest gap a client may see */
export async function lose(scene: Scene, moved: MovedAddress, loss: Loss, boundMs: number): Promise<Seen> {
  const master = scene.server("edge-1");
  return await scene.calling(moved.vip, async (probe) => {
    assert.ok(await probe.waitForAnswer(({ by }) => by === "edge-1", TAKEOVER_MS));
    const injectedMs = nowMs();
    await loss.inject(scene, master);
    try {
      const taken = await probe.waitForAnswer(({ by, sentMs }) => by === "edge-2" && sentMs > injectedMs, TAKEOVER_MS);
      assert.ok(taken, "the client reaches edge-2");
      await becomes(scene, moved, "edge-2");
      await scene.soon("edge-2 knows", async () => (await asSeenBy(scene, moved, "edge-2")).lastMove !== null);
    } finally {
      await loss.restore(scene, master);
    }
    const { lastMove } = await asSeenBy(scene, moved, "edge-2");
    assert.ok(lastMove);
    const untilMs = nowMs();
    await whole(scene, moved);
    const back = await probe.waitForAnswer(({ by, sentMs }) => by === "edge-1" && sentMs > untilMs, TAKEOVER_MS);
    assert.ok(back, "and edge-1 again");
    const { gapMs } = observe(await probe.stop(), injectedMs, untilMs, "edge-1");
    assert.ok(gapMs < boundMs, `gap ${gapMs.toFixed(0)} ms`);
    return { loss: loss.name, gapMs, ...lastMove };
  });
}

/** For people, a row a loss. */
export function tableOf(seen: readonly Seen[]): string {
  const rows = seen.map(({ loss, gapMs, requestedAfterMs, tookMs }) => [
    loss,
    gapMs.toFixed(0),
    requestedAfterMs.toFixed(1),
    tookMs.toFixed(0),
  ]);
  return table([["FAULT", "CLIENT'S GAP ms", "ROLE TO REQUEST ms", "REQUEST TO DONE ms"], ...rows]);
}
