/** Two masters that know of each other: after how long it is said, in which words, and when it is over. */
import assert from "node:assert/strict";
import { SecondMasters, secondMasterWords } from "../../agent/operator/secondMasters.ts";
import type { PeerView } from "../../agent/peers/protocol/view.ts";
import type { VirtualRouterState } from "../../agent/virtualRouter/nodeState.ts";
import { carp, configOf, nodeOf } from "../support/documents.ts";
import { peerView } from "../support/statuses.ts";

const SECOND = 1_000_000;
const [vrrp] = configOf(1).virtualRouters;
const [carpHost] = nodeOf(1, carp(1)).virtualRouters;

function standing(change: Partial<VirtualRouterState> = {}, config = vrrp): VirtualRouterState {
  assert.ok(config !== undefined);
  return { config, role: "master", preference: 200, memory: undefined, ...change };
}

function peer(preference: number, change: Partial<PeerView> = {}): PeerView {
  const view = peerView();
  return { ...view, routers: view.routers.map((router) => ({ ...router, role: "master", preference })), ...change };
}

describe("a second master", () => {
  it("is one beyond an interval and a second: a handover and a healed split are over by then", () => {
    for (const [config, boundMicros] of [
      [vrrp, 2 * SECOND],
      [carpHost, 3 * SECOND],
    ] as const) {
      const seconds = new SecondMasters();
      seconds.follow("edge-1", [standing({}, config)], [peer(100)], 0);
      assert.equal(seconds.deadlineMicros(), boundMicros);
      assert.deepEqual(seconds.overdue(boundMicros - 1), []);
      seconds.follow("edge-1", [standing({}, config)], [peer(100)], boundMicros - 1);
      assert.deepEqual(seconds.overdue(boundMicros), [
        { virtualRouter: "web", node: "edge-2", deaf: { from: "edge-1", to: "edge-2" } },
      ]);
    }
  });

  it("is said once, until it is over; the status has it as long as it lasts", () => {
    const seconds = new SecondMasters();
    seconds.follow("edge-1", [standing()], [peer(100)], 0);
    assert.equal(seconds.takeOverdue(2 * SECOND).length, 1);
    seconds.follow("edge-1", [standing()], [peer(100)], 3 * SECOND);
    assert.deepEqual(seconds.takeOverdue(9 * SECOND), []);
    assert.equal(seconds.deadlineMicros(), Infinity);
    assert.equal(seconds.overdue(9 * SECOND).length, 1);
    seconds.follow("edge-1", [standing({ role: "backup" })], [peer(100)], 10 * SECOND);
    assert.deepEqual(seconds.overdue(20 * SECOND), []);
    seconds.follow("edge-1", [standing()], [peer(100)], 20 * SECOND);
    assert.equal(seconds.takeOverdue(22 * SECOND).length, 1);
  });

  it("is told in one sentence on both: it is the better one that the other does not hear", () => {
    const words = (node: string, own: number, other: PeerView): string[] => {
      const seconds = new SecondMasters();
      seconds.follow(node, [standing({ preference: own })], [other], 0);
      return seconds.overdue(2 * SECOND).map(secondMasterWords);
    };
    assert.deepEqual(words("edge-1", 200, peer(100)), [
      "edge-2 is master too: protocol 112 does not pass from edge-1 to edge-2",
    ]);
    assert.deepEqual(words("edge-2", 100, peer(200, { node: "edge-1" })), [
      "edge-1 is master too: protocol 112 does not pass from edge-1 to edge-2",
    ]);
    assert.deepEqual(words("edge-1", 100, peer(100)), [
      "edge-2 is master too: protocol 112 does not pass between the two",
    ]);
  });

  it("is none that is not heard now, or only was one", () => {
    for (const other of [peer(100, { state: "lost" }), peer(100, { protocolAlive: false }), peerView()]) {
      const seconds = new SecondMasters();
      seconds.follow("edge-1", [standing()], [other], 0);
      assert.deepEqual(seconds.overdue(9 * SECOND), []);
    }
  });
});
