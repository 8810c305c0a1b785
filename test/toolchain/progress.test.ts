// Progress: a live line on a terminal, few lines elsewhere, JSON for programs.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createProgress, type ProgressStream } from "../../toolchain/progress.ts";

class Screen implements ProgressStream {
  readonly isTTY: boolean;
  readonly columns = 40;
  text = "";
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
  /** What stands on the screen, with colours gone and overwritten lines as they were last. */
  shown(): string[] {
    const plain = this.text.replace(/\u001b\[\d*m/g, "");
    return plain.split("\n").map((line) => line.split("\r\u001b[K").at(-1) ?? "");
  }
}

/** A clock that jumps by a second whenever it is read. */
const jumpingClock = (): (() => number) => {
  let now = 0;
  return () => (now += 1000);
};

describe("progress", () => {
  it("prints one line for a quick step where there is no terminal, without colours", async () => {
    const screen = new Screen(false);
    const progress = createProgress({ stream: screen, now: jumpingClock() });
    const result = await progress.step("doing a thing", (detail) => {
      detail("nobody sees this");
      return Promise.resolve(42);
    });
    assert.equal(result, 42);
    assert.equal(screen.text, "✔ doing a thing (1.0 s)\n");
  });

  it("announces a step that takes longer than two seconds, with its detail", async function () {
    this.slow(6000);
    const screen = new Screen(false);
    const progress = createProgress({ stream: screen });
    const announced = async (): Promise<void> => {
      while (!screen.text.includes("…")) await sleep(20);
    };
    await progress.step("a long thing", async (detail) => {
      detail("halfway");
      await announced();
    });
    assert.match(screen.text, /^… a long thing: halfway\n✔ a long thing \(\d\.\d s\)\n$/);
  });

  it("shows a failed step and throws its error on", async () => {
    const screen = new Screen(false);
    const progress = createProgress({ stream: screen, now: jumpingClock() });
    const failed = progress.step("a bad thing", () => Promise.reject(new Error("broken")));
    await assert.rejects(failed, /broken/);
    assert.equal(screen.text, "✖ a bad thing (1.0 s)\n");
  });

  it("keeps a live line on a terminal, shortened to its width, with finished steps above", async () => {
    const screen = new Screen(true);
    const progress = createProgress({ stream: screen, now: jumpingClock() });
    await progress.step("outer", async (detail) => {
      detail("x".repeat(100));
      await progress.step("inner", () => Promise.resolve());
      progress.note("between");
      const live = screen.shown().at(-1) ?? "";
      assert.match(live, /outer: x+… \d+(\.\d)? s$/);
      assert.ok(live.length <= 40, live);
    });
    const [first, second, third] = screen.shown();
    assert.match(first ?? "", /^✔ inner \d+(\.\d)? s$/);
    assert.equal(second, "between");
    assert.match(third ?? "", /^✔ outer/);
  });

  it("writes one JSON object a line for programs", async () => {
    const screen = new Screen(true);
    const progress = createProgress({ stream: screen, json: true, now: jumpingClock() });
    await progress.step("a thing", (detail) => {
      detail("where");
      return Promise.resolve();
    });
    progress.note("done");
    const lines = screen.text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(lines, [
      { event: "start", title: "a thing", elapsedMs: 1000 },
      { event: "done", title: "a thing", detail: "where", elapsedMs: 2000 },
      { event: "note", title: "done" },
    ]);
  });
});
