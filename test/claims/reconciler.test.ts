/** The reconciler of claims: order, newest intent, abort, deadline, retries, and what is believed after a failure. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { nextStep, Reconciler, type Resource, type ResourceState } from "../../agent/programs/reconciler.ts";

type Call = "acquire" | "release";

/** A claim whose calls end when the test says so. */
class Puppet implements Resource {
  readonly name: string;
  deadlineMs = 60_000;
  retry: (failures: number) => number | undefined = () => undefined;
  /** Ends the call under way; undefined while there is none. */
  #end: ((error?: Error) => void) | undefined;
  readonly #story: string[];

  constructor(name: string, story: string[]) {
    this.name = name;
    this.#story = story;
  }

  acquire(signal: AbortSignal): Promise<void> {
    return this.#call("acquire", signal);
  }

  release(signal: AbortSignal): Promise<void> {
    return this.#call("release", signal);
  }

  retryAfterMs(failures: number): number | undefined {
    return this.retry(failures);
  }

  get isBusy(): boolean {
    return this.#end !== undefined;
  }

  /** Ends the call under way, well or not, and lets the reconciler go on. */
  async end(error?: string): Promise<void> {
    assert.ok(this.#end !== undefined, `${this.name} is not busy`);
    this.#end(error === undefined ? undefined : new Error(error));
    await turn();
  }

  #call(call: Call, signal: AbortSignal): Promise<void> {
    this.#story.push(`${call} ${this.name}`);
    return new Promise((resolve, reject) => {
      this.#end = (error) => {
        this.#end = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      signal.addEventListener("abort", () => {
        this.#story.push(`abort ${this.name}`);
        this.#end?.(signal.reason as Error);
      });
    });
  }
}

/** Lets everything run that can. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function scene(holding?: ResourceState) {
  const story: string[] = [];
  const heard: string[] = [];
  const [first, second] = [new Puppet("first", story), new Puppet("second", story)];
  const reconciler = new Reconciler(
    [first, second],
    (claim, call, durationMs, error) => {
      assert.ok(durationMs >= 0);
      heard.push(`${claim} ${call} ${error ?? "done"}`);
    },
    holding,
  );
  return { story, heard, first, second, reconciler };
}

async function held() {
  const acting = scene();
  acting.reconciler.want("held");
  await acting.first.end();
  await acting.second.end();
  acting.story.splice(0);
  acting.heard.splice(0);
  return acting;
}

describe("claims/reconciler: the next step", () => {
  it("acquires in order and releases in reverse", () => {
    assert.deepEqual(nextStep("held", ["released", "released"]), { call: "acquire", index: 0 });
    assert.deepEqual(nextStep("held", ["held", "released"]), { call: "acquire", index: 1 });
    assert.deepEqual(nextStep("released", ["held", "held"]), { call: "release", index: 1 });
    assert.deepEqual(nextStep("released", ["held", "released"]), { call: "release", index: 0 });
  });

  it("does again what nobody knows the end of, in either direction", () => {
    assert.deepEqual(nextStep("held", ["unknown", "held"]), { call: "acquire", index: 0 });
    assert.deepEqual(nextStep("released", ["unknown", "released"]), { call: "release", index: 0 });
  });

  it("leads to what is wanted from anything, a step a claim at most", () => {
    const holding = fc.constantFrom<ResourceState>("held", "released", "unknown");
    fc.assert(
      fc.property(fc.constantFrom("held", "released"), fc.array(holding, { maxLength: 6 }), (intent, holdings) => {
        const current = [...holdings];
        for (let steps = 0; ; steps++) {
          const step = nextStep(intent, current);
          if (step === undefined) break;
          assert.ok(steps < holdings.length);
          current[step.index] = step.call === "acquire" ? "held" : "released";
        }
        assert.ok(current.every((one) => one === intent));
      }),
    );
  });
});

describe("claims/reconciler", () => {
  it("acquires one after the other, and says how long each took", async () => {
    const { story, heard, first, second, reconciler } = scene();
    reconciler.want("held");
    await turn();
    assert.equal(second.isBusy, false);
    await first.end();
    assert.deepEqual(reconciler.holdings, ["held", "released"]);
    await second.end();
    await reconciler.settled();
    assert.deepEqual(story, ["acquire first", "acquire second"]);
    assert.deepEqual(heard, ["first acquire done", "second acquire done"]);
    assert.deepEqual(reconciler.holdings, ["held", "held"]);
  });

  it("releases in reverse", async () => {
    const { story, first, second, reconciler } = await held();
    reconciler.want("released");
    await second.end();
    await first.end();
    assert.deepEqual(story, ["release second", "release first"]);
    assert.deepEqual(reconciler.holdings, ["released", "released"]);
  });

  it("has nothing to do when it is so already, wanted once or often", async () => {
    const { story, reconciler } = await held();
    reconciler.want("held");
    reconciler.want("held");
    await reconciler.settled();
    assert.deepEqual(story, []);
  });

  it("aborts what is under way for an intent that is over, and clears up after it", async () => {
    const { story, heard, first, second, reconciler } = scene();
    reconciler.want("held");
    await first.end();
    reconciler.want("released");
    await turn();
    assert.deepEqual(reconciler.holdings, ["held", "unknown"]);
    await second.end();
    await first.end();
    await reconciler.settled();
    assert.deepEqual(story, ["acquire first", "acquire second", "abort second", "release second", "release first"]);
    assert.deepEqual(heard.slice(0, 2), ["first acquire done", "second acquire the role changed"]);
    assert.deepEqual(reconciler.holdings, ["released", "released"]);
  });

  it("lets the newest of several intents win, and does nothing for those between", async () => {
    const { story, second, reconciler } = await held();
    for (const intent of ["released", "held", "released", "held"] as const) reconciler.want(intent);
    await turn();
    // The release of the second was under way; nobody knows what it did.
    await second.end();
    await reconciler.settled();
    assert.deepEqual(story, ["release second", "abort second", "acquire second"]);
    assert.deepEqual(reconciler.holdings, ["held", "held"]);
  });

  it("obeys an intent that comes in the very moment in which the work ends", async () => {
    const { story, first, second, reconciler } = await held();
    reconciler.want("released");
    await second.end();
    const ending = first.end();
    const settled = reconciler.settled().then(() => {
      reconciler.want("held");
    });
    await ending;
    await settled;
    await first.end();
    await second.end();
    await reconciler.settled();
    assert.deepEqual(story, ["release second", "release first", "acquire first", "acquire second"]);
  });

  it("aborts a call at its deadline, and says so", async () => {
    const { heard, first, second, reconciler } = scene();
    first.deadlineMs = 5;
    reconciler.want("held");
    while (!second.isBusy) await turn();
    assert.deepEqual(heard, ["first acquire no end within 5 ms"]);
    await second.end();
  });

  it("counts a claim that is not to be tried again as done with, and goes on", async () => {
    const { story, first, second, reconciler } = scene();
    reconciler.want("held");
    await first.end("no");
    await second.end();
    await reconciler.settled();
    assert.deepEqual(story, ["acquire first", "acquire second"]);
    assert.deepEqual(reconciler.holdings, ["held", "held"]);
  });

  it("tries again after a pause, before anything that comes after it, for as long as it is wanted", async () => {
    const { story, heard, first, second, reconciler } = scene();
    const failures: number[] = [];
    first.retry = (count) => {
      failures.push(count);
      return 1;
    };
    reconciler.want("held");
    for (const reason of ["no", "not yet"]) {
      await first.end(reason);
      while (!first.isBusy) await turn();
    }
    await first.end();
    await second.end();
    assert.deepEqual(failures, [1, 2]);
    assert.deepEqual(story, ["acquire first", "acquire first", "acquire first", "acquire second"]);
    assert.deepEqual(heard.slice(0, 2), ["first acquire no", "first acquire not yet"]);
  });

  it("does not wait out the pause for an intent that is over, and counts failures anew", async () => {
    const { story, first, reconciler } = scene();
    const failures: number[] = [];
    first.retry = (count) => {
      failures.push(count);
      return 3_600_000;
    };
    reconciler.want("held");
    await first.end("no");
    assert.deepEqual(reconciler.holdings, ["unknown", "released"]);
    reconciler.want("released");
    await turn();
    assert.deepEqual(story, ["acquire first", "release first"]);
    await first.end("no");
    reconciler.want("held");
    await turn();
    await first.end("no");
    assert.deepEqual(failures, [1, 1, 1]);
    reconciler.want("released");
    await turn();
    await first.end();
    await reconciler.settled();
  });

  it("releases at the first word what an earlier life may have left", async () => {
    const { story, first, second, reconciler } = scene("unknown");
    await turn();
    assert.deepEqual(story, [], "nobody has said yet what is wanted");
    reconciler.want("released");
    await second.end();
    await first.end();
    assert.deepEqual(story, ["release second", "release first"]);
  });

  it("owes no release that an acquisition made up for", async () => {
    const { story, first, second, reconciler } = scene("unknown");
    reconciler.want("held");
    await first.end();
    await second.end();
    assert.deepEqual(story, ["acquire first", "acquire second"]);
  });
});
