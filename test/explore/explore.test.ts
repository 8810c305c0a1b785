/** Every state of two nodes to a depth, and of three to a lesser one, in both protocols; deeper ones are `npm run explore`. */
import assert from "node:assert/strict";
import { type Exploration, explore } from "./explore.ts";
import { carpGroup, vrrpGroup } from "./machines.ts";

/** What is expected at least: an exploration that sees less explores something else. */
function isWhole({ states, wrong }: Exploration, leastStates: number): void {
  assert.equal(wrong, undefined, `${wrong?.what}: ${wrong?.way.join(", ")}`);
  assert.ok(states >= leastStates, `only ${states} states`);
}

describe("S1, S2, S3, L1 in every state that can be reached", function () {
  this.timeout(600_000);

  for (const protocol of [vrrpGroup(2, true), vrrpGroup(2, false)]) {
    it(`of ${protocol.name}`, () => {
      isWhole(explore(protocol, 2, 5), 5_000);
    });
  }

  for (const protocol of [carpGroup(2, "openbsd"), carpGroup(2, "ucarp")]) {
    it(`of ${protocol.name}`, () => {
      isWhole(explore(protocol, 2, 5), 5_000);
    });
  }

  it("of VRRP, 3 nodes", () => {
    isWhole(explore(vrrpGroup(3, true), 3, 3), 600);
  });

  it("of CARP, 3 nodes", () => {
    isWhole(explore(carpGroup(3, "openbsd"), 3, 3), 600);
  });
});

describe("an exploration", () => {
  it("finds a machine that never takes over, and the shortest way there", () => {
    const { wrong } = explore(without("tick"), 2, 3);
    assert.match(wrong?.what ?? "", /^L1|^S2/);
    assert.deepEqual(wrong?.way, ["all start"]);
  });

  it("finds a machine that goes on as master when it hears a better one", () => {
    const { wrong } = explore(without("advertisement"), 2, 8);
    assert.match(wrong?.what ?? "", /^S2/);
  });
});

/** VRRP with a machine that is deaf to something. */
function without(what: "tick" | "advertisement"): ReturnType<typeof vrrpGroup> {
  const whole = vrrpGroup(2, true);
  return {
    ...whole,
    happen: (state, event) => (event.kind === what ? { state, outputs: [] } : whole.happen(state, event)),
    hear: (state, from, message) =>
      what === "advertisement" ? { state, outputs: [] } : whole.hear(state, from, message),
  };
}
