/** What outlives the cloud: the state file, read back, aside when corrupt, and shared between changes. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { newState } from "../../lab/cloud/birth.ts";
import { coalesce } from "../../lab/cloud/state/coalesce.ts";
import { openStore } from "../../lab/cloud/state/store.ts";
import { UserError } from "../../toolchain/userError.ts";
import { CloudUnderTest, EXTERNAL_NETWORK } from "./cloudUnderTest.ts";

const quiet = pino({ enabled: false });
const fresh = () => newState(EXTERNAL_NETWORK, 0);

describe("the state file", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vipf-store-"));
    file = join(folder, "deep", "cloud.json");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is made with its folder, for the owner's eyes only", async () => {
    await openStore(file, fresh, quiet);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(join(folder, "deep")), ["cloud.json"]);
  });

  it("holds a change when the change is told to be done", async () => {
    const store = await openStore(file, fresh, quiet);
    await store.change((draft) => {
      draft.counters.server = 7;
    });
    const again = await openStore(file, fresh, quiet);
    assert.equal(again.state.counters.server, 7);
    assert.deepEqual(again.state, store.state);
  });

  it("has all of many changes at once", async () => {
    const store = await openStore(file, fresh, quiet);
    const change = () => store.change((draft) => (draft.counters.server += 1));
    const results = await Promise.all(Array.from({ length: 50 }, change));
    assert.deepEqual(
      results,
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    assert.equal((await openStore(file, fresh, quiet)).state.counters.server, 50);
  });

  it("knows nothing of a change that failed half way", async () => {
    const store = await openStore(file, fresh, quiet);
    const before = store.state;
    let heard = 0;
    store.onChange(() => (heard += 1));
    const failing = store.change((draft) => {
      draft.counters.server = 99;
      throw new Error("no");
    });
    await assert.rejects(failing, /no/);
    assert.equal(store.state, before);
    assert.equal(heard, 0);
  });

  it("leaves a snapshot as it was", async () => {
    const store = await openStore(file, fresh, quiet);
    const snapshot = store.state;
    await store.change((draft) => draft.networks.splice(0));
    assert.equal(snapshot.networks.length, 1);
    assert.equal(store.state.networks.length, 0);
  });

  for (const [what, text] of [
    ["is cut off", '{"version": 1, "netw'],
    ["is of another version", JSON.stringify({ ...newState(EXTERNAL_NETWORK, 0), version: 2 })],
    ["lacks a part", JSON.stringify({ ...newState(EXTERNAL_NETWORK, 0), servers: undefined })],
    ["is empty", ""],
  ] as const) {
    it(`is kept aside and said when it ${what}`, async () => {
      await openStore(file, fresh, quiet);
      await writeFile(file, text);
      const said: string[] = [];
      const logger = pino({ level: "warn" }, { write: (line: string) => void said.push(line) });
      const store = await openStore(file, fresh, logger);
      assert.equal(store.state.networks[0]?.name, "Ext-Net");
      const [aside] = (await readdir(join(folder, "deep"))).filter((name) => name.includes(".corrupt-"));
      assert.equal(await readFile(join(folder, "deep", aside ?? ""), "utf8"), text);
      assert.match(said.join(""), /unreadable/);
    });
  }
});

describe("a cloud that is started again", () => {
  it("has everything, starts what ran, and asks everybody to log in", async () => {
    const first = await CloudUnderTest.start();
    const { networkId } = await first.madeSegment();
    const running = await first.madeServer({ networks: [{ uuid: networkId }] });
    await first.serverBecomes(running, "ACTIVE");
    const off = await first.madeServer({ networks: [{ uuid: networkId }] });
    await first.serverBecomes(off, "ACTIVE");
    await first.done("POST", `/compute/v2.1/servers/${off}/action`, { "os-stop": null });
    await first.serverBecomes(off, "SHUTOFF");
    const before = first.cloud.snapshot();
    const folder = await first.stop();

    const second = await CloudUnderTest.start({ folder });
    await second.serverBecomes(running, "ACTIVE");
    assert.equal(await second.serverStatus(off), "SHUTOFF");
    assert.equal(second.hypervisor.machineState(off), "shutoff");
    assert.deepEqual(second.cloud.snapshot().ports, before.ports);
    await second.end();
  });

  it("does not take another region's state for its own", async () => {
    const first = await CloudUnderTest.start();
    const folder = await first.stop();
    const externalNetwork = { ...EXTERNAL_NETWORK, cidr: "198.51.100.0/24", gateway: "198.51.100.1" };
    await assert.rejects(CloudUnderTest.start({ folder, externalNetwork }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /Ext-Net 203\.0\.113\.0\/24 203\.0\.113\.1.*Ext-Net 198\.51\.100\.0\/24/);
      return true;
    });
    await rm(folder, { recursive: true });
  });
});

describe("coalesced runs", () => {
  /** Work that is done when it is let go, and counts how much of it there was at once. */
  function work() {
    const waiting: (() => void)[] = [];
    let atOnce = 0;
    let most = 0;
    let runs = 0;
    const run = coalesce(async () => {
      runs += 1;
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise<void>((resolve) => waiting.push(resolve));
      atOnce -= 1;
    });
    const letGo = async () => {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { run, letGo, most: () => most, runs: () => runs };
  }

  it("are one at a time, and calls during a run share the next", async () => {
    const { run, letGo, most, runs } = work();
    const calls = [run(), run(), run(), run()];
    await letGo();
    const late = run();
    await letGo();
    await letGo();
    await Promise.all([...calls, late]);
    assert.equal(most(), 1);
    assert.equal(runs(), 3);
  });

  it("tell a failure to those who asked for that run, and go on", async () => {
    let fail = true;
    const run = coalesce(() => (fail ? Promise.reject(new Error("disk full")) : Promise.resolve()));
    const first = run();
    const second = run();
    await assert.rejects(first, /disk full/);
    await assert.rejects(second, /disk full/);
    fail = false;
    await run();
  });
});
