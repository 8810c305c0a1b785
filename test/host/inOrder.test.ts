import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { atMost, inOrder } from "../../lab/host/inOrder.ts";

describe("work in order", () => {
  it("never overlaps, and keeps the order it was given in", async () => {
    const serially = inOrder();
    const log: string[] = [];
    const work = (name: string): Promise<void> =>
      serially(async () => {
        log.push(`${name} begins`);
        await turn();
        log.push(`${name} ends`);
      });
    await Promise.all(["a", "b", "c"].map(work));
    assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("goes on after a failure, which only its own caller hears of", async () => {
    const serially = inOrder();
    const failing = serially(() => Promise.reject(new Error("broken")));
    const next = serially(() => Promise.resolve("done"));
    await assert.rejects(failing, /broken/);
    assert.equal(await next, "done");
  });

  it("runs as many at a time as it may, and no more", async () => {
    const boots = atMost(2);
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 6 }, () =>
        boots(async () => {
          running += 1;
          most = Math.max(most, running);
          await turn();
          running -= 1;
        }),
      ),
    );
    assert.equal(most, 2);
  });
});
