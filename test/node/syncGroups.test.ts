/** The rule of sync groups as a table: what the members are, and what each has to do for the others' sake. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { HoldReason, Role, TransitionReason } from "../../agent/election/election.ts";
import { ordersOf } from "../../agent/node/syncGroups.ts";
import { type Member } from "../../agent/virtualRouter/eligibility.ts";

const GROUP = { name: "gateway", members: ["outside", "inside"] };

/** `master`, `backup, higher-priority at 5`, `initialize, drained`, `initialize, no link`. */
type Words = Partial<Omit<Member, "name" | "role">> & { readonly role: Role };

const member = (name: string, words: Words): Member => ({
  held: undefined,
  linkUp: true,
  reason: undefined,
  changedAtMicros: 0,
  ...words,
  name,
});

const MASTER: Words = { role: "master", reason: "master-down", changedAtMicros: 5 };
const ALONE: Words = { ...MASTER, reason: "no-successor" };
const BACKUP: Words = { role: "backup", reason: "startup" };
const RESIGNING: Words = { role: "resigning", reason: "handover", changedAtMicros: 5 };
const UNPLUGGED: Words = { role: "initialize", reason: "link-down", linkUp: false, changedAtMicros: 6 };
const DRAINED: Words = { role: "initialize", reason: "drained", held: "drained", changedAtMicros: 6 };
const HELD: Words = { role: "initialize", reason: "sync-group", held: "sync-group", changedAtMicros: 6 };

const yielded = (reason: TransitionReason, changedAtMicros: number): Words => ({
  role: "backup",
  reason,
  changedAtMicros,
});

const ROWS: readonly (readonly [why: string, outside: Words, inside: Words, orders: readonly string[]])[] = [
  ["all are masters: nothing to do", MASTER, MASTER, []],
  ["none is: each waits for its own", BACKUP, BACKUP, []],
  ["one became master: the other, too", MASTER, BACKUP, ["succeed inside"]],
  ["whichever it is", BACKUP, MASTER, ["succeed outside"]],
  ["one lost its link: the other is held back", UNPLUGGED, MASTER, ["hold-back inside"]],
  ["as a backup it is, too: it must not become master alone", UNPLUGGED, BACKUP, ["hold-back inside"]],
  ["one may not be master by itself: nor may the other", DRAINED, MASTER, ["hold-back inside"]],
  ["once is enough", UNPLUGGED, HELD, []],
  ["both are unable: each has its own reason", UNPLUGGED, DRAINED, []],
  ["the reason is over: both take part again", BACKUP, HELD, ["readmit inside"]],
  ["before anything else is asked of them", MASTER, HELD, ["readmit inside"]],
  ["one yielded to a better node: it takes the group", yielded("higher-priority", 6), MASTER, ["hand-over inside"]],
  ["or lost a tie", yielded("tie-lost", 6), MASTER, ["hand-over inside"]],
  ["or was handed over", yielded("successor-heard", 6), MASTER, ["hand-over inside"]],
  ["in the same moment, too: the other node has what it gave up", yielded("tie-lost", 5), MASTER, ["hand-over inside"]],
  [
    "it yielded long ago, and the other became master since",
    yielded("higher-priority", 4),
    MASTER,
    ["succeed outside"],
  ],
  ["it found no successor, for its segment is cut: each segment by itself", ALONE, BACKUP, []],
  ["also after the other yielded, for which it was to hand over", ALONE, yielded("higher-priority", 4), []],
  ["the other has yielded again since: once more", ALONE, yielded("higher-priority", 6), ["hand-over outside"]],
  ["one resigns: it is waited for", RESIGNING, MASTER, []],
  ["one listens: it is waited for", { role: "resuming", reason: "stalled" }, MASTER, []],
];

function wordsOf(orders: ReturnType<typeof ordersOf>): string[] {
  return orders.map(({ kind, name }) => `${kind} ${name}`);
}

describe("sync groups: the rule", () => {
  for (const [why, outside, inside, orders] of ROWS) {
    it(why, () => {
      const members = [member("outside", outside), member("stranger", MASTER), member("inside", inside)];
      assert.deepEqual(wordsOf(ordersOf(GROUP, members)), orders);
    });
  }

  it("orders every other member of a larger group", () => {
    const group = { name: "all", members: ["a", "b", "c", "d"] };
    const of = (...words: readonly Words[]) =>
      wordsOf(
        ordersOf(
          group,
          words.map((each, index) => member("abcd"[index] ?? "", each)),
        ),
      );
    assert.deepEqual(of(UNPLUGGED, MASTER, BACKUP, DRAINED), ["hold-back b", "hold-back c"]);
    assert.deepEqual(of(MASTER, BACKUP, RESIGNING, BACKUP), ["succeed b", "succeed d"]);
    assert.deepEqual(of(MASTER, MASTER, yielded("tie-lost", 9), BACKUP), ["hand-over a", "hand-over b"]);
  });

  it("never holds back and readmits at once, and orders nothing of those who are not there", () => {
    const words = fc.record({
      role: fc.constantFrom<Role>("initialize", "backup", "master", "resigning", "resuming"),
      held: fc.constantFrom<HoldReason | undefined>(undefined, "drained", "sync-group"),
      linkUp: fc.boolean(),
      reason: fc.constantFrom<TransitionReason | undefined>(undefined, "startup", "higher-priority", "master-down"),
      changedAtMicros: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 4 }), (all) => {
        const members = all.map((each, index) => member(`m${index}`, each));
        const orders = ordersOf({ name: "all", members: ["m0", "m1", "m2", "m3", "m4"] }, members);
        const kinds = new Set(orders.map(({ kind }) => kind));
        assert.ok(kinds.size <= 1);
        assert.ok(orders.every(({ name }) => members.some((one) => one.name === name)));
      }),
    );
  });

  it("is silent after its holding back and readmitting were obeyed", () => {
    const obey = (members: readonly Member[]): Member[] => {
      const orders = ordersOf(GROUP, members);
      return members.map((one) => {
        const kind = orders.find(({ name }) => name === one.name)?.kind;
        if (kind === "hold-back") return { ...one, held: "sync-group", role: "initialize" };
        return kind === "readmit" ? { ...one, held: undefined, role: "backup" } : one;
      });
    };
    for (const start of [
      [UNPLUGGED, MASTER],
      [HELD, BACKUP],
      [HELD, HELD],
    ] as const) {
      const settled = obey([member("outside", start[0]), member("inside", start[1])]);
      assert.deepEqual(ordersOf(GROUP, settled), []);
    }
  });
});
