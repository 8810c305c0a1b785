/** Three agents' peer links on a machine that is busy with something else: nobody is lost who is there. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { linkConfig } from "./link.ts";
import { startLink } from "./startLink.ts";

const BUSY_LOOPS = 8;
const DURATION_MS = 20_000;
const NODES = [1, 2, 3];

describe("peer link under load", () => {
  const processes: ChildProcess[] = [];
  afterEach(() => {
    for (const process of processes.splice(0)) process.kill("SIGKILL");
  });

  it(`loses nobody in ${DURATION_MS / 1_000} s beside ${BUSY_LOOPS} busy loops, at a heartbeat of 50 ms`, async () => {
    const ears = NODES.map((node) => {
      const others = NODES.filter((other) => other !== node);
      const link = startLink({ node, config: linkConfig(node, others) });
      processes.push(link.process);
      return link.ear;
    });
    for (const ear of ears) await ear.next("back", () => ear.all("back").length === NODES.length - 1);
    for (let loop = 0; loop < BUSY_LOOPS; loop += 1) processes.push(spawn("sh", ["-c", "while :; do :; done"]));
    await new Promise((done) => setTimeout(done, DURATION_MS));
    for (const ear of ears) assert.deepEqual(ear.all("lost"), []);
  });
});
