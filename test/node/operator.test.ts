/** The operator's word: in force, on disk, and over when its time is over. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { Operator } from "../../agent/operator/operator.ts";
import {
  decodeOperatorState,
  encodeOperatorState,
  expired,
  holdOf,
  UNTOUCHED,
} from "../../agent/operator/operatorState.ts";
import { RecordedLog } from "../support/recordedLog.ts";

const NOW = Date.parse("2026-11-21T06:00:00.000Z");
const UNTIL = { until: "2026-11-21T06:30:00.000Z" };

describe("operator state", () => {
  it("holds back in maintenance, then when drained", () => {
    assert.equal(holdOf(UNTOUCHED, NOW), undefined);
    assert.equal(holdOf({ ...UNTOUCHED, drained: true }, NOW), "drained");
    assert.equal(holdOf({ ...UNTOUCHED, drained: true, maintenance: UNTIL }, NOW), "maintenance");
    assert.equal(holdOf({ ...UNTOUCHED, drained: true, maintenance: UNTIL }, NOW + 1_800_000), "drained");
  });

  it("forgets a maintenance that is over, and nothing else", () => {
    const state = { drained: true, maintenance: UNTIL, handedOver: ["web"] };
    assert.equal(expired(state, NOW), state);
    assert.deepEqual(expired(state, NOW + 1_800_000), { ...state, maintenance: undefined });
  });

  it("is the same after writing and reading, and nothing else is one", () => {
    const maintenance = fc.option(
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date("2099-01-01") })
        .map((date) => ({ until: date.toISOString() })),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.boolean(), maintenance, fc.array(fc.string(), { maxLength: 20 }), (drained, until, handedOver) => {
        const state = { drained, maintenance: until, handedOver };
        assert.deepEqual(decodeOperatorState(encodeOperatorState(state)), state);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.equal(decodeOperatorState(text), undefined);
      }),
    );
  });
});

describe("operator", () => {
  let directory = "";
  const operators: Operator[] = [];
  let changes = 0;
  let log = new RecordedLog();

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-operator-"));
    changes = 0;
    log = new RecordedLog();
  });
  afterEach(() => {
    for (const operator of operators.splice(0)) operator.stop();
    rmSync(directory, { recursive: true });
  });

  /** An agent that starts. */
  function started(place = directory): Operator {
    const operator = new Operator(place, log.log, () => {
      changes += 1;
    });
    operators.push(operator);
    return operator;
  }

  const file = () => join(directory, "operator.json");

  it("says nothing and writes nothing as long as it is told nothing", () => {
    const operator = started();
    assert.equal(operator.hold, undefined);
    assert.deepEqual(operator.status(), { drained: false, maintenance: null, handedOver: [], isKept: true });
    operator.obey({ kind: "undrain" });
    assert.deepEqual([changes, existsSync(file()), log.lines.length], [0, false, 0]);
  });

  it("outlives a restart: drained, in maintenance, handed over", () => {
    const first = started();
    first.obey({ kind: "drain" });
    first.obey({ kind: "maintenance", forSeconds: 600 });
    first.handOver(["web", "api"]);
    assert.equal(changes, 2);
    const second = started();
    assert.deepEqual(second.status(), first.status());
    assert.equal(second.hold, "maintenance");
    assert.deepEqual(second.handedOver, ["web", "api"]);
    second.obey({ kind: "end-maintenance" });
    assert.equal(started().hold, "drained");
  });

  it("is for its owner alone on disk, in a directory it makes, and leaves nothing half-written", () => {
    const place = join(directory, "not", "there");
    started(place).obey({ kind: "drain" });
    assert.equal(statSync(join(place, "operator.json")).mode & 0o777, 0o600);
    assert.equal(statSync(place).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(place), ["operator.json"]);
  });

  it("ends a maintenance by itself, and tells so once", async () => {
    const operator = started();
    operator.obey({ kind: "maintenance", forSeconds: 1 });
    assert.deepEqual([operator.hold, changes], ["maintenance", 1]);
    for (const deadline = Date.now() + 5_000; changes < 2 && Date.now() < deadline; ) await sleep(10);
    assert.deepEqual([operator.hold, changes], [undefined, 2]);
    assert.equal(operator.status().maintenance, null);
    assert.match(readFileSync(file(), "utf8"), /"maintenance":null/);
  });

  it("has no maintenance left that ended while it did not run", () => {
    writeFileSync(
      file(),
      encodeOperatorState({ ...UNTOUCHED, maintenance: { until: new Date(Date.now() - 1).toISOString() } }),
    );
    assert.equal(started().hold, undefined);
  });

  it("takes a handover back when the node is master again, or on undrain", () => {
    const operator = started();
    operator.handOver(["web", "api"]);
    operator.becameMaster("web");
    assert.deepEqual(started().handedOver, ["api"]);
    operator.obey({ kind: "undrain" });
    assert.deepEqual(started().handedOver, []);
    assert.equal(changes, 0);
  });

  for (const [what, text] of [
    ["damaged", '{"version":1,"drai'],
    ["of another version", '{"version":2}'],
    ["empty", ""],
  ] as const) {
    it(`starts without a file that is ${what}, and says so`, () => {
      writeFileSync(file(), text);
      assert.equal(started().hold, undefined);
      assert.deepEqual(log.messages("warn"), ["what the operator said earlier is damaged: ignored"]);
    });
  }

  it("starts without a file that cannot be read, and says so", () => {
    mkdirSync(file());
    assert.equal(started().hold, undefined);
    assert.deepEqual(log.messages("warn"), ["what the operator said earlier cannot be read"]);
  });

  it("does as it is told when the disk does not, says so, and keeps it once the disk does", () => {
    const blocked = join(directory, "file");
    writeFileSync(blocked, "");
    const operator = started(join(blocked, "below"));
    operator.obey({ kind: "drain" });
    assert.equal(operator.hold, "drained");
    assert.equal(operator.status().isKept, false);
    assert.deepEqual(log.messages("warn").slice(1), ["what the operator said is in force, but not on disk"]);
    rmSync(blocked);
    operator.handOver(["web"]);
    assert.equal(operator.status().isKept, true);
  });
});
