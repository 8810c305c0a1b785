import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Polling } from "../../agent/checks/polling.ts";
import type { Probe } from "../../agent/checks/probe.ts";
import { monotonicMicros } from "../../agent/linux/system/clock.ts";
import { until } from "../support/until.ts";

const MS = 1_000;

describe("polling", () => {
  let polling: Polling<string> | undefined;
  afterEach(() => {
    polling?.stop();
  });

  function begin(
    look: Probe<string>,
    everyMs: number,
    timeoutMs: number,
    spreadMs = 0,
  ): { found: string[]; at: number[] } {
    const taken = { found: [] as string[], at: [] as number[] };
    const take = (found: string): void => {
      taken.found.push(found);
      taken.at.push(monotonicMicros());
    };
    polling = new Polling(
      { look, nothing: (reason) => `nothing: ${reason}`, take },
      { everyMicros: everyMs * MS, timeoutMicros: timeoutMs * MS, spreadMicros: spreadMs * MS },
    );
    polling.start();
    return taken;
  }

  const lookThatTakes =
    (ms: number): Probe<string> =>
    () => {
      const result = delay(ms).then(() => "found");
      return { result, gone: result };
    };

  it("looks at once, and then on an absolute schedule: a slow look delays no later one", async () => {
    const started: number[] = [];
    const begun = monotonicMicros();
    const { found } = begin(
      (signal) => {
        started.push(monotonicMicros() - begun);
        return lookThatTakes(45)(signal);
      },
      100,
      60,
    );
    await until(() => found.length >= 6, "six looks");
    const [, ...others] = started;
    others.forEach((at, index) => {
      assert.ok(at >= (index + 1) * 100 * MS - 2 * MS, "none is early");
    });
    // One that began an interval after the end of the one before would come at 45, 90, 35, 80, 25 and 70 ms.
    const phases = others.map((at) => (at + 2 * MS) % (100 * MS)).filter((phase) => phase < 17 * MS);
    assert.ok(phases.length > 0, `looks began at ${started.join(", ")} us`);
  });

  it("begins its schedule later by the spread, and not its first look", async () => {
    const started: number[] = [];
    const begun = monotonicMicros();
    begin(
      (signal) => {
        started.push(monotonicMicros() - begun);
        return lookThatTakes(0)(signal);
      },
      200,
      100,
      90,
    );
    await until(() => started.length === 2, "two looks");
    const [, second = 0] = started;
    assert.ok(second >= 288 * MS, `the second one came after ${second} us`);
  });

  it("finds nothing in a look that takes too long, and ends it", async () => {
    let ended = false;
    const { found } = begin(
      (signal) => {
        const gone = new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => {
            ended = true;
            resolve();
          });
        });
        return { result: new Promise(() => undefined), gone };
      },
      1_000,
      50,
    );
    await until(() => found.length === 1 && ended, "the timeout");
    assert.deepEqual(found, ["nothing: no result within 50 ms"]);
  });

  it("never looks twice at once, and says so [I-d]", async () => {
    let looks = 0;
    const { found } = begin(
      () => {
        looks += 1;
        return { result: new Promise(() => undefined), gone: new Promise(() => undefined) };
      },
      100,
      50,
    );
    await until(() => found.length === 3, "three times");
    assert.equal(looks, 1);
    assert.deepEqual(found.slice(1), Array(2).fill("nothing: the look before has not ended yet, so there is no other"));
  });

  it("takes an error for a failure, once", async () => {
    const { found } = begin(
      () => {
        const result = Promise.reject<string>(new Error("ECONNREFUSED"));
        return { result, gone: Promise.resolve() };
      },
      10_000,
      50,
    );
    await until(() => found.length === 1, "the error");
    assert.deepEqual(found, ["nothing: ECONNREFUSED"]);
  });

  it("hears the answer that waits before it judges, when the process stood still", async () => {
    const { found } = begin(
      () => {
        const result = delay(20).then(() => "found");
        return { result, gone: result };
      },
      10_000,
      30,
    );
    const until = monotonicMicros() + 200 * MS;
    while (monotonicMicros() < until);
    await delay(20);
    assert.deepEqual(found, ["found"]);
  });

  it("stopped, is silent", async () => {
    const { found } = begin(lookThatTakes(20), 100, 50);
    polling?.stop();
    await delay(150);
    assert.deepEqual(found, []);
  });
});
