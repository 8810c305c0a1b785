/** What a node remembers of its elections: what led to each change of role, in bounded memory, and no secret. */
import assert from "node:assert/strict";
import type { RecordedLine } from "../../agent/participant/flightRecorder.ts";
import { carp, configOf, nodeOf } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, Segment } from "./segment.ts";

const SECOND = 1_000_000;
const MAX_OCTETS = 2.1 * (1 << 20);

function linesOf({ reactor }: NodeMachine): RecordedLine[] {
  return reactor.recording().map((line) => JSON.parse(line) as RecordedLine);
}

const octetsOf = ({ reactor }: NodeMachine): number => Buffer.byteLength(reactor.recording().join("\n"));

describe("node: flight recorder", () => {
  it("begins with what it is, then has for each virtual router a state and what followed", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    new Segment([machine]).run(6 * SECOND);
    const [first, checkpoint, ...rest] = linesOf(machine);
    assert.equal(first?.kind, "recording");
    assert.equal(checkpoint?.kind, "checkpoint");
    assert.deepEqual(
      rest.flatMap((line) => (line.kind === "transition" ? `${line.from}>${line.to}` : [])),
      ["initialize>backup", "backup>master"],
    );
    assert.ok(rest.every((line) => line.kind !== "event" || line.atMicros <= 6 * SECOND));
  });

  it("stays within its bounds however long a node runs and however much it hears", function () {
    this.timeout(600_000);
    const [one, two] = [1, 2].map((number) => {
      const mail = { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"], advertisementInterval: "10ms" };
      return machineWith(configOf(number, { advertisementInterval: "10ms" }, mail), ethernet(`10.25.0.1${number}`));
    });
    assert.ok(one !== undefined && two !== undefined);
    const segment = new Segment([one, two]);
    for (const { reactor } of [one, two]) reactor.start(0);
    for (let minute = 0; minute < 3; minute++) {
      segment.run(60 * SECOND);
      for (const machine of [one, two]) {
        segment.takeDeeds(machine);
        assert.ok(octetsOf(machine) < MAX_OCTETS);
      }
    }
  });

  it("keeps what led to a change of role when nothing has happened for long after it", () => {
    const machine = machineWith(configOf(1, { advertisementInterval: "100ms" }), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(600 * SECOND);
    const transitions = linesOf(machine).flatMap((line) => (line.kind === "transition" ? line.to : []));
    assert.deepEqual(transitions, ["backup", "master"]);
  });

  it("knows no password", () => {
    const machine = machineWith(nodeOf(1, carp(1, { password: "open-sesame" })), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    new Segment([machine]).run(6 * SECOND);
    assert.ok(!machine.reactor.recording().join("\n").includes("sesame"));
  });
});
