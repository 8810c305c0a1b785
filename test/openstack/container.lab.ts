/** The container of OpenStack's services, without the services: what a crash leaves of it. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostNames } from "../../lab/host/names.ts";
import { namespaces } from "../../lab/host/namespace.ts";
import { sweep } from "../../lab/host/sweep.ts";
import { leftovers, until } from "../host/labHost.ts";
import { processesOf } from "./labProcesses.ts";

const NAME = "vipf-ostcrash";

describe("the container of OpenStack's services", () => {
  let stateDir = "";
  before(async () => {
    stateDir = await mkdtemp(join(tmpdir(), `${NAME}-`));
  });
  after(async () => {
    await sweep(NAME);
    await rm(stateDir, { recursive: true, force: true });
  });

  it("ends with its daemon, however that ends, and hides from the host what services mount and name", async () => {
    const daemon = fork(join(import.meta.dirname, "crashedContainer.ts"), [NAME, stateDir], {
      execArgv: ["--import", "tsx"],
    });
    const said = await new Promise<unknown>((resolve) => {
      daemon.once("message", resolve);
      daemon.once("exit", (code) => {
        resolve(`it ended with code ${String(code)}`);
      });
    });
    assert.equal(said, "up");
    const names = hostNames(NAME);
    assert.ok((await processesOf(names)).length >= 6);
    assert.ok(!(await namespaces()).includes("qrouter-left"));
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGKILL");
    await ended;
    await until("the end of all its processes", async () => (await processesOf(names)).length === 0);
    const left = [names.client, names.control, names.computeHost(1)].map((name) => `namespace ${name}`);
    const others = (await leftovers(NAME)).filter((it) => !it.startsWith("mount nsfs"));
    assert.deepEqual([...others].sort(), left.sort());
    await sweep(NAME);
    assert.deepEqual(await leftovers(NAME), []);
  });
});
