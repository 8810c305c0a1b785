/** A stranger without any key resets the peer link's connections, with real packets: no address moves. A death still does. */
import assert from "node:assert/strict";
import { AgentGroup } from "./agentGroup.ts";
import { AgentLab, type Node, PATIENCE_MS, type RouterInput } from "./agentLab.ts";
import { addressOf } from "./cabling.ts";
import { type Running, until } from "./namespaces.ts";

const SIGNED: RouterInput["authentication"] = {
  mode: "enforce",
  keys: [{ id: 1, secret: "5a".repeat(32) }],
  active: 1,
};
/** What the kernel of a dead process takes to say so, a question and a short skew, and a loaded machine's share. */
const DEATH_MS = 500;
/** It moved the address when a closed connection was proof enough. Two fewer than make closings unbelievable: load may close one. */
const RESETS = 1;

describe("a peer link that strangers reset", function () {
  this.timeout(120_000);
  let lab: AgentLab;

  before(async () => {
    lab = await AgentLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  for (const { preempt, master, other } of [
    { preempt: true, master: "n1", other: "n2" },
    { preempt: false, master: "n2", other: "n1" },
  ] as const) {
    const how = preempt ? "of the preferred node" : "of the other one, which nobody may preempt";
    it(`keeps the signed address ${how}, and a death after that is seen at once`, async () => {
      const { group, first } = await owned();
      const before = await transitions();
      for (let count = 1; count <= RESETS; count++) {
        await lab.net.stranger("once");
        await until("the closing was disproved", PATIENCE_MS, async () => (await disproved(other)) >= count);
        for (const node of [master, other]) await group.connected(node);
        assert.deepEqual([await transitions(), lab.holds(master), lab.holds(other)], [before, true, false]);
      }
      await isReplaced(first, other, preempt);
    });

    it(`keeps the signed address ${how} when no connection lives, and connects again`, async () => {
      const { group } = await owned();
      const before = await transitions();
      const stranger = await lab.net.stranger("always");
      await until("the link counts as lost", PATIENCE_MS, async () => {
        return (await lab.status(other))?.peerLink?.peers[0]?.state === "lost";
      });
      assert.deepEqual([await transitions(), lab.holds(master), lab.holds(other)], [before, true, false]);
      stranger.child.kill("SIGKILL");
      await stranger.ended;
      for (const node of [master, other]) await group.connected(node);
      assert.deepEqual([await transitions(), lab.holds(master), lab.holds(other)], [before, true, false]);
    });

    async function owned(): Promise<{ readonly group: AgentGroup; readonly first: Running }> {
      const group = new AgentGroup(lab, { router: { preempt, authentication: SIGNED } });
      const first = group.start(master);
      await lab.becomes(master, "master");
      group.start(other);
      await group.isOwnedBy(master);
      for (const node of [master, other]) await group.connected(node);
      // Only a master that was heard can be asked whether it lives.
      await until("the master is heard", PATIENCE_MS, async () => {
        return (await lab.web(other))?.masterAddress === addressOf(master, "private");
      });
      return { group, first };
    }
  }

  async function isReplaced(first: Running, heir: Node, preempt: boolean): Promise<void> {
    const killedMs = Date.now();
    first.child.kill("SIGKILL");
    const { reason, ms } = await lab.takeover(killedMs, heir);
    lab.measured(`SIGKILL after resets, preempt ${preempt}: takeover ${ms} ms`);
    assert.equal(reason, "peer-lost");
    assert.ok(ms < DEATH_MS, `takeover after ${ms} ms`);
  }

  async function transitions(): Promise<readonly number[]> {
    const views = await Promise.all((["n1", "n2"] as const).map((node) => lab.web(node)));
    return views.map((web) => web?.transitions.length ?? 0);
  }

  async function disproved(node: Node): Promise<number> {
    return (await lab.status(node))?.peerLink?.peers[0]?.disprovedClosings ?? 0;
  }
});
