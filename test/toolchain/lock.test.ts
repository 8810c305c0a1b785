// The lock: one holder at a time, and a dead holder is no holder.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../toolchain/lock.ts";
import { UserError } from "../../toolchain/userError.ts";
import { temporaryFolder } from "../support/temporary.ts";

describe("lock", () => {
  it("lets one in at a time, everyone in turn, and leaves nothing", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "deep", "lock");
    let inside = 0;
    let entered = 0;
    const work = async (): Promise<void> => {
      assert.equal(++inside, 1);
      entered++;
      await sleep(5);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(file, work)));
    assert.equal(entered, 5);
    assert.deepEqual(readdirSync(join(folder, "deep")), []);
  });

  it("is released when the work fails", async () => {
    const file = join(temporaryFolder(), "lock");
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(existsSync(file), false);
  });

  it("is taken over from a process that has ended", async () => {
    const file = join(temporaryFolder(), "lock");
    const { pid } = spawnSync("true");
    writeFileSync(file, `${pid} 12345 some-id\n`);
    assert.equal(await withLock(file, () => Promise.resolve("in")), "in");
  });

  it("is taken over when another process has got the dead one's number", async () => {
    const file = join(temporaryFolder(), "lock");
    // This very process, but started at another time.
    writeFileSync(file, `${process.pid} 1 some-id\n`);
    assert.equal(await withLock(file, () => Promise.resolve("in")), "in");
  });

  it("is taken over when its file is rubbish", async () => {
    const file = join(temporaryFolder(), "lock");
    writeFileSync(file, "");
    assert.equal(await withLock(file, () => Promise.resolve("in")), "in");
  });

  it("says once who holds it, and gives up at the deadline", async () => {
    const file = join(temporaryFolder(), "lock");
    const holders: number[] = [];
    await withLock(file, async () => {
      const second = withLock(file, () => Promise.resolve(), { onWait: (pid) => holders.push(pid), deadlineMs: 1 });
      await assert.rejects(second, (error) => error instanceof UserError && error.message.includes(file));
    });
    assert.deepEqual(holders, [process.pid]);
  });
});
