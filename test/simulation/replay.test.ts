/** Recordings of simulated failovers, replayed: the same machines come to the same changes of role, and notice when they do not. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AgentConfig } from "../../agent/config/schema/document.ts";
import { FlightRecorder, type RecordedLine } from "../../agent/participant/flightRecorder.ts";
import { replay } from "../../agent/simulation/replay.ts";
import { machineWith, type NodeMachine, Segment } from "../node/segment.ts";
import { transitions } from "../node/stories.ts";
import { carp, nodeOf, vrrp, vrrp6 } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { pair, SECOND } from "./groups.ts";

/** Two nodes that live through a bit of everything. */
function eventful(configs: readonly AgentConfig[], addresses: readonly string[]): readonly NodeMachine[] {
  const machines = configs.map((config, index) => machineWith(config, ethernet(addresses[index] ?? "")));
  const [one, two] = machines;
  assert.ok(one !== undefined && two !== undefined);
  for (const { reactor } of machines) reactor.start(0);
  const segment = new Segment(machines, { delayMicros: () => 200 });
  segment.run(6 * SECOND);
  one.reactor.setEligibilities(new Map([["web", { demotion: 150, held: undefined }]]), segment.nowMicros);
  segment.run(6 * SECOND);
  one.reactor.setEligibilities(new Map(), segment.nowMicros);
  segment.run(6 * SECOND);
  one.reactor.dispatch({ kind: "hand-over" }, undefined, segment.nowMicros);
  segment.run(6 * SECOND);
  two.reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), segment.nowMicros);
  segment.run(6 * SECOND);
  segment.freeze(one);
  segment.run(5 * SECOND);
  segment.thaw(one);
  two.reactor.setEligibilities(new Map(), segment.nowMicros);
  segment.run(6 * SECOND);
  one.reactor.shutdown(segment.nowMicros);
  segment.run(6 * SECOND);
  return machines;
}

function textOf({ reactor }: NodeMachine): string {
  return `${reactor.recording().join("\n")}\n`;
}

const FOUR = ["10.25.0.11", "10.25.0.12"];
const GROUPS: readonly (readonly [string, readonly AgentConfig[], readonly string[]])[] = [
  ["VRRP", pair(), FOUR],
  ["VRRP at 10 ms, of which many segments are forgotten", pair(() => ({ advertisementInterval: "10ms" })), FOUR],
  [
    "VRRP over IPv6",
    [1, 2].map((n) => nodeOf(n, vrrp6(n, { name: "web", priority: 300 - n * 100 }))),
    ["fe80::11", "fe80::12"],
  ],
  ["CARP as OpenBSD has it", [1, 2].map((n) => nodeOf(n, carp(n, { advertisementSkew: n * 20 }))), FOUR],
  [
    "CARP as ucarp has it",
    [1, 2].map((n) => nodeOf(n, carp(n, { advertisementSkew: n * 20, dialect: "ucarp" }))),
    FOUR,
  ],
];

describe("replay", () => {
  for (const [name, configs, addresses] of GROUPS) {
    it(`comes to the same changes of role: ${name}`, () => {
      for (const machine of eventful(configs, addresses)) {
        const result = replay(textOf(machine));
        assert.ok(result.kind === "same", JSON.stringify(result));
        assert.deepEqual(
          result.transitions.map(({ virtualRouter, from, to, reason }) => `${virtualRouter} ${from}>${to} ${reason}`),
          transitions(machine.reports),
        );
        assert.match(result.transitions[0]?.at ?? "", /^2026-11-21T00:00:0/);
        assert.ok(result.events > 20);
      }
    });
  }

  const [one] = eventful(pair(), FOUR);
  assert.ok(one);
  const recorded = textOf(one).trim().split("\n");
  const lineOf = (number: number): RecordedLine => JSON.parse(recorded[number - 1] ?? "") as RecordedLine;
  const firstOf = (kind: RecordedLine["kind"], from = 1): number =>
    recorded.findIndex((_, index) => index + 1 >= from && lineOf(index + 1).kind === kind) + 1;
  const edited = (number: number, ...lines: readonly object[]): string =>
    recorded.toSpliced(number - 1, 1, ...lines.map((line) => JSON.stringify(line))).join("\n");

  it("finds the first change of role that is another", () => {
    const number = firstOf("transition");
    assert.deepEqual(replay(edited(number, { ...lineOf(number), reason: "link-up" })), {
      kind: "different",
      line: number,
      recorded: "initialize -> backup (link-up)",
      replayed: "initialize -> backup (startup)",
    });
  });

  it("finds one that is missing, and one too many", () => {
    const number = firstOf("transition");
    const missing = replay(edited(number));
    assert.deepEqual(
      [missing.kind, missing.kind === "different" && missing.recorded],
      ["different", "no change of role"],
    );
    const more = replay(edited(number, lineOf(number), lineOf(number)));
    assert.deepEqual([more.kind, more.kind === "different" && more.replayed], ["different", "no change of role"]);
    const last = recorded.findLastIndex((line) => line.includes('"kind":"transition"'));
    assert.equal(replay(recorded.slice(0, last).join("\n")).kind, "different");
  });

  it("is read to its last line, and says when that is cut off", () => {
    const text = recorded.join("\n").trimEnd();
    assert.equal(replay(text).kind, "same");
    const result = replay(text.slice(0, -10));
    assert.match(result.kind === "unreadable" ? result.problem : "", /^line \d+ is cut off: this is not the whole/);
  });

  it("finds a state that is another where the next segment begins", () => {
    const [fast] = eventful(
      pair(() => ({ advertisementInterval: "10ms" })),
      FOUR,
    );
    assert.ok(fast);
    const lines = textOf(fast).trim().split("\n");
    // The last two segments are in turn; before them there may be gaps.
    const last = lines.findLastIndex((line) => line.includes('"kind":"checkpoint"'));
    const checkpoint = JSON.parse(lines[last] ?? "") as { state: { demotion: number } };
    checkpoint.state.demotion += 1;
    const result = replay(lines.with(last, JSON.stringify(checkpoint)).join("\n"));
    assert.deepEqual([result.kind, result.kind === "different" && result.line], ["different", last + 1]);
  });

  const unreadable: readonly (readonly [string, string, RegExp])[] = [
    ["nothing", "", /^line 1 is not the beginning of a recording/],
    [
      "another version",
      '{"kind":"recording","version":9,"node":"edge-1"}',
      /^the recording is of version 9, and this agent replays version 1$/,
    ],
    ["a line that is none", `${recorded[0] ?? ""}\n{"kind":"event"}`, /^line 2 is no line of a recording$/],
    ["no JSON", `${recorded[0] ?? ""}\nnope\n`, /^line 2 is no line of a recording$/],
    [
      "an event before any state",
      [recorded[0], recorded[2]].join("\n"),
      /^line 2 is of no state machine of this agent: there is no checkpoint before it$/,
    ],
  ];
  for (const [what, text, problem] of unreadable) {
    it(`cannot read ${what}, and says so`, () => {
      const result = replay(text);
      assert.ok(result.kind === "unreadable");
      assert.match(result.problem, problem);
    });
  }

  it("never throws, whatever a line is replaced with", () => {
    const value = fc.oneof(fc.json(), fc.constant(""), fc.constantFrom(...recorded));
    const places = fc.nat(recorded.length - 1);
    fc.assert(
      fc.property(places, value, (index, line) => {
        replay(recorded.with(index, line).join("\n"));
      }),
    );
  });
});

describe("flight recorder with very many virtual routers", () => {
  it("shares its bounds among them", () => {
    const recorder = new FlightRecorder("edge-1", () => 0);
    const config = nodeOf(1, vrrp(1));
    const machine = machineWith(config, ethernet("10.25.0.11"));
    machine.reactor.start(0);
    new Segment([machine]).run(5 * SECOND);
    const lines = machine.reactor.recording().map((line) => JSON.parse(line) as RecordedLine);
    const checkpoint = lines.find((line) => line.kind === "checkpoint");
    assert.ok(checkpoint?.kind === "checkpoint" && checkpoint.protocol === "vrrp");
    for (let router = 0; router < 255; router++) {
      const note = recorder.noteFor(`web-${router}`);
      for (let nowMicros = 0; nowMicros < 1_000; nowMicros++) {
        const outputs =
          nowMicros % 10 === 0 ? [{ kind: "transition", from: "backup", to: "master", reason: "resumed" }] : [];
        note({ protocol: "vrrp", before: checkpoint.state, event: { kind: "tick" }, nowMicros, outputs });
      }
    }
    assert.ok(recorder.dump().join("\n").length < 2.5 * (1 << 20));
  });
});
