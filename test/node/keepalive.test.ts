/** The word that the agent is alive: the protocol's thread has to give it, until that has handed everything over. */
import assert from "node:assert/strict";
import { Keepalive } from "../../agent/daemon/keepalive.ts";
import { until } from "../support/until.ts";

/** A keepalive each millisecond, and what it says. */
class Spoken {
  words: string[] = [];
  asked = 0;
  answer: () => Promise<unknown> = () => Promise.resolve(null);
  readonly keepalive = new Keepalive(1, {
    ping: () => {
      this.asked += 1;
      return this.answer();
    },
    alive: () => this.words.push("alive"),
    setProtocolAlive: (isAlive) => this.words.push(isAlive ? "answers" : "hangs"),
    unanswered: (error) => this.words.push(error instanceof Error ? error.message : "nothing"),
  });
}

describe("node: keepalive", () => {
  it("is given only when the protocol's thread answers", async () => {
    const spoken = new Spoken();
    spoken.answer = () => Promise.reject(new Error("no answer"));
    await until(() => spoken.words.length >= 4, "two refusals");
    assert.deepEqual(spoken.words.slice(0, 4), ["no answer", "hangs", "no answer", "hangs"]);
    assert.ok(!spoken.words.includes("alive"));
    spoken.answer = () => Promise.resolve(null);
    await until(() => spoken.words.includes("answers"), "an answer");
    assert.ok(spoken.words.includes("alive"));
  });

  it("is the main thread's own once everything is handed over, and the other thread is not asked again", async () => {
    const spoken = new Spoken();
    const late: ((error: Error) => void)[] = [];
    spoken.answer = () => new Promise((_resolve, reject) => late.push(reject));
    await until(() => late.length > 0, "a question");
    spoken.keepalive.handedOver();
    const { asked } = spoken;
    for (const reject of late) reject(new Error("the thread has ended"));
    await until(() => spoken.words.length >= 5, "its own word");
    assert.deepEqual([...new Set(spoken.words)], ["alive"]);
    assert.equal(spoken.asked, asked);
  });
});
