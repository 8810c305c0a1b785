/** What crosses from the protocol's thread to the main one: every report in order, of standings the latest, of that what is new. */
import assert from "node:assert/strict";
import { applied, type CarriedReport, differenceOf, Outbox } from "../../agent/daemon/protocolThread/outbox.ts";
import type { NodeState, VirtualRouterState } from "../../agent/virtualRouter/nodeState.ts";
import type { NodeReport } from "../../agent/virtualRouter/report.ts";
import { configOf } from "../support/documents.ts";

const [config] = configOf(1).virtualRouters;

function router(name: string, role: VirtualRouterState["role"]): VirtualRouterState {
  assert.ok(config !== undefined);
  return { config: { ...config, name }, role, preference: 100, memory: undefined };
}

const standing = (...virtualRouters: VirtualRouterState[]): NodeState => ({ node: "edge-1", virtualRouters });
const line = (message: string): NodeReport => ({ kind: "log", level: "info", message, fields: {} });

function outbox(): { readonly box: Outbox; readonly posts: (readonly CarriedReport[])[] } {
  const posts: (readonly CarriedReport[])[] = [];
  return { posts, box: new Outbox((reports) => posts.push(structuredClone(reports))) };
}

describe("outbox", () => {
  const a = router("a", "backup");
  const b = router("b", "backup");

  it("posts what a turn brought at once and in order, and nothing where nothing came", () => {
    const { box, posts } = outbox();
    box.empty();
    box.add(line("first"));
    box.add(line("second"));
    box.empty();
    box.empty();
    assert.deepEqual(posts, [[line("first"), line("second")]]);
  });

  it("carries the latest of several standings, after the reports that led to it", () => {
    const { box, posts } = outbox();
    box.add({ kind: "standing", nodeState: standing(a) });
    box.add(line("a is master"));
    const master = router("a", "master");
    box.add({ kind: "standing", nodeState: standing(master) });
    box.empty();
    const difference = { node: "edge-1", virtualRouters: [master] };
    assert.deepEqual(posts, [[line("a is master"), { kind: "standing", difference }]]);
  });

  it("carries of a standing only what changed since the one before", () => {
    const { box, posts } = outbox();
    box.add({ kind: "standing", nodeState: standing(a, b) });
    box.empty();
    const master = router("b", "master");
    box.add({ kind: "standing", nodeState: standing(a, master) });
    box.empty();
    const [last] = posts.at(-1) ?? [];
    assert.deepEqual(last, { kind: "standing", difference: { node: "edge-1", virtualRouters: [0, master] } });
  });

  it("does not keep a storm of reports waiting for the end of the turn", () => {
    const { box, posts } = outbox();
    for (let count = 0; count < 1_000; count++) box.add(line(String(count)));
    assert.ok(posts.length >= 10, `${posts.length} posts`);
    box.empty();
    assert.deepEqual(
      posts.flat(),
      Array.from({ length: 1_000 }, (_, count) => line(String(count))),
    );
  });

  it("leads to the same standing on the other side, whoever came, left, changed places or has another's name", () => {
    const other = router("a", "master");
    const steps = [standing(a, b), standing(b, a), standing(b), standing(other, b, a), standing(), standing(a)];
    let before: NodeState | undefined;
    let there: NodeState | undefined;
    for (const step of steps) {
      there = applied(there, structuredClone(differenceOf(before, step)));
      before = step;
      assert.deepEqual(there, step);
    }
  });
});
