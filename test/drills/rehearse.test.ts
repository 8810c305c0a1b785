import assert from "node:assert/strict";
import type { LabControl } from "../../lab/control/api.ts";
import type { Answer } from "../../lab/drills/answers.ts";
import type { ProbeClient } from "../../lab/drills/client.ts";
import { nowMs } from "../../lab/drills/clock.ts";
import type { Drill } from "../../lab/drills/drill.ts";
import { rehearse, type Subject } from "../../lab/drills/rehearse.ts";

const SUBJECT: Subject = {
  vip: "web",
  address: "10.25.0.10",
  publicAddress: "203.0.113.100",
  port: 80,
  masterToBe: "edge-1",
  servers: new Map([
    ["edge-1", "id-1"],
    ["edge-2", "id-2"],
  ]),
};

/** A pair on paper: the node named in `master` holds the address and answers every call. */
class PaperPair {
  master = "edge-1";
  /** A node that also still has the address on its interface. */
  stale: string | undefined;
  readonly done: string[] = [];

  readonly lab: LabControl = {
    status: () => Promise.reject(new Error("not asked in a drill")),
    powerCut: () => Promise.resolve(),
    start: () => Promise.resolve(),
    setLink: () => Promise.resolve(),
    run: (server, argv) => {
      const node = server === "id-1" ? "edge-1" : "edge-2";
      const stdout = argv[0] === "ip" ? this.addresses(node) : this.status(node);
      return Promise.resolve({ status: 0, stdout, stderr: "" });
    },
  };

  /** Answers each call at once, in the name of the master of the moment; `stop` may be said twice. */
  readonly client: ProbeClient = {
    probe: () => {
      const answers: Answer[] = [];
      const call = (): Answer => {
        const answer = { sentMs: nowMs(), answeredMs: nowMs(), by: this.master };
        answers.push(answer);
        return answer;
      };
      return {
        waitForAnswer: (condition) => Promise.resolve([call()].find(condition)),
        waitUntil: () => Promise.resolve(),
        stop: () => {
          this.done.push("probe stopped");
          return Promise.resolve(answers);
        },
      };
    },
  };

  drill(inject: () => Promise<void>): Drill {
    const restore = (): Promise<void> => {
      this.done.push("restored");
      this.master = "edge-1";
      return Promise.resolve();
    };
    return { name: "paper", what: "a fault on paper", inject, restore };
  }

  private addresses(node: string): string {
    return node === this.master || node === this.stale ? "2: eth0    inet 10.25.0.10/32 scope global eth0\n" : "";
  }

  private status(node: string): string {
    const role = node === this.master ? "master" : "backup";
    const transitions = [{ from: "backup", to: role, reason: "master-down", at: "2026-01-01T00:00:00Z" }];
    const router = { name: "web", role, priority: 1, addressesPresent: role === "master", transitions };
    return JSON.stringify({ node, virtualRouters: [router] });
  }
}

describe("rehearsing a drill", () => {
  it("names who was hit, who took over and its reason, and restores the pair", async () => {
    const pair = new PaperPair();
    const drill = pair.drill(() => {
      pair.master = "edge-2";
      return Promise.resolve();
    });
    const result = await rehearse(pair.lab, pair.client, SUBJECT, drill);
    assert.equal(result.from, "edge-1");
    assert.equal(result.to, "edge-2");
    assert.equal(result.reason, "master-down");
    assert.equal(result.staleHolder, false);
    assert.equal(result.lost, 0);
    assert.ok(pair.done.includes("restored"));
  });

  it("sees an old master that keeps the address", async () => {
    const pair = new PaperPair();
    const drill = pair.drill(() => {
      pair.master = "edge-2";
      pair.stale = "edge-1";
      return Promise.resolve();
    });
    assert.equal((await rehearse(pair.lab, pair.client, SUBJECT, drill)).staleHolder, true);
  });

  it("says that nobody took over", async () => {
    const pair = new PaperPair();
    const result = await rehearse(
      pair.lab,
      pair.client,
      SUBJECT,
      pair.drill(() => Promise.resolve()),
    );
    assert.equal(result.to, undefined);
    assert.equal(result.reason, "nobody took over");
  });

  it("takes the fault back and ends the client also when the injection fails", async () => {
    const pair = new PaperPair();
    const drill = pair.drill(() => Promise.reject(new Error("no such unit")));
    await assert.rejects(rehearse(pair.lab, pair.client, SUBJECT, drill), /no such unit/);
    assert.deepEqual(pair.done, ["restored", "probe stopped"]);
  });
});
