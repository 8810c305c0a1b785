import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sweep } from "../../lab/host/sweep.ts";
import { edgeRegion, nodePort, nodeServer, PING } from "./edgeRegion.ts";
import { answersPing, type LabHost, leftovers, openLabHost, until } from "./labHost.ts";

const NAME = "vipf-crash";

/** Runs a lab in another process and kills that process as nothing can prepare for. */
async function crashLab(stateDir: string): Promise<void> {
  const daemon = fork(join(import.meta.dirname, "crashedLab.ts"), [NAME, stateDir], { execArgv: ["--import", "tsx"] });
  await new Promise((resolve, reject) => {
    daemon.once("message", (message) => {
      if (message === "up") resolve(undefined);
      else reject(new Error(`the lab did not come up: ${JSON.stringify(message)}`));
    });
    daemon.once("exit", (code) => {
      reject(new Error(`the lab ended with code ${String(code)}`));
    });
  });
  const ended = new Promise((resolve) => daemon.once("exit", resolve));
  daemon.kill("SIGKILL");
  await ended;
}

describe("what a lab leaves behind", () => {
  const opened: LabHost[] = [];
  const open = async (name: string, stateDir?: string): Promise<LabHost> => {
    const lab = await openLabHost(name, stateDir);
    opened.push(lab);
    return lab;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((lab) => lab.remove()));
  });

  it("is nothing when it closes", async () => {
    const lab = await open(NAME);
    await lab.hypervisor.converge(edgeRegion([nodePort(1, []), nodePort(2, [])]));
    assert.notDeepEqual(await leftovers(NAME), []);
    await lab.remove();
    assert.deepEqual(await leftovers(NAME), []);
  });

  it("is no machine after a crash, nothing after a sweep, and the disks for the next life", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), `${NAME}-`));
    await crashLab(stateDir);
    await until("the machines' end", async () => !(await leftovers(NAME)).some((left) => left.startsWith("process")));
    assert.notDeepEqual(await leftovers(NAME), []);
    await sweep(NAME);
    assert.deepEqual(await leftovers(NAME), []);
    await sweep(NAME);

    const lab = await open(NAME, stateDir);
    await lab.hypervisor.converge(edgeRegion([nodePort(1, [])], [nodeServer(1)]));
    assert.equal((await lab.shell(1, "cat /var/lib/note")).stdout, "kept\n");
    await lab.remove();
  });

  it("is in nobody's way: a start after a crash sweeps first, and another lab goes on", async () => {
    const other = await open("vipf-other");
    const region = edgeRegion([nodePort(1, [PING])], [nodeServer(1)]);
    await other.hypervisor.converge(region);
    const stateDir = await mkdtemp(join(tmpdir(), `${NAME}-`));
    await crashLab(stateDir);
    const lab = await open(NAME, stateDir);
    await lab.hypervisor.converge(region);
    assert.equal(await answersPing(other, "203.0.113.11"), true);
    await lab.remove();
    assert.equal(await answersPing(other, "203.0.113.11"), true);
    await other.remove();
    await rm(stateDir, { recursive: true, force: true });
    assert.deepEqual(await leftovers(NAME), []);
    assert.deepEqual(await leftovers("vipf-other"), []);
  });
});
