import assert from "node:assert/strict";
import { access, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConsoleLog } from "../../lab/host/machine/consoleLog.ts";
import { prepareDisk, removeOtherDisks } from "../../lab/host/machine/disk.ts";
import { machineCommand } from "../../lab/host/machine/machine.ts";
import { nodeId, nodeServer } from "./edgeRegion.ts";

describe("a server's disk", () => {
  let stateDir: string;
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "vipf-disk-"));
  });
  afterEach(() => rm(stateDir, { recursive: true, force: true }));

  const isThere = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );

  it("keeps what was written, and stays on the image it was made of", async () => {
    const first = await prepareDisk(stateDir, nodeServer(1), "/images/old");
    await writeFile(join(first.upper, "note"), "kept");
    const again = await prepareDisk(stateDir, nodeServer(1), "/images/new");
    assert.equal(await readFile(join(again.upper, "note"), "utf8"), "kept");
    assert.equal(again.lower, "/images/old");
  });

  for (const change of [{ generation: 2 }, { imageId: "debian-13" }]) {
    it(`is made anew, of the newest image, for ${JSON.stringify(change)}`, async () => {
      const first = await prepareDisk(stateDir, nodeServer(1), "/images/old");
      await writeFile(join(first.upper, "note"), "gone");
      const fresh = await prepareDisk(stateDir, { ...nodeServer(1), ...change }, "/images/new");
      assert.deepEqual(await readdir(fresh.upper), []);
      assert.equal(fresh.lower, "/images/new");
    });
  }

  it("that was never finished is not taken for one", async () => {
    const first = await prepareDisk(stateDir, nodeServer(1), "/images/old");
    await writeFile(join(first.upper, "note"), "half");
    await writeFile(join(first.upper, "..", "disk.json"), '{"imageId":"deb');
    assert.deepEqual(await readdir((await prepareDisk(stateDir, nodeServer(1), "/images/old")).upper), []);
  });

  it("has the newest config drive, and only that, for root alone", async () => {
    await prepareDisk(stateDir, nodeServer(1, { userData: "#cloud-config" }), "/image");
    const server = nodeServer(1, { publicKey: "ssh-ed25519 AAAA" });
    const { configDrive } = await prepareDisk(stateDir, server, "/image");
    assert.deepEqual(await readdir(join(configDrive, "openstack/latest")), ["meta_data.json"]);
    const file = join(configDrive, "openstack/latest/meta_data.json");
    assert.equal(await readFile(file, "utf8"), server.configDrive["openstack/latest/meta_data.json"]);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("writes nothing outside of itself, whatever a file is called", async () => {
    const server = { ...nodeServer(1), configDrive: { "../../../escaped": "no" } };
    const { configDrive } = await prepareDisk(stateDir, server, "/image");
    assert.equal(await isThere(join(configDrive, "escaped")), true);
    assert.equal(await isThere(join(stateDir, "escaped")), false);
  });

  it("goes when its server is no longer planned", async () => {
    for (const node of [1, 2]) await prepareDisk(stateDir, nodeServer(node), "/image");
    await removeOtherDisks(stateDir, new Set([nodeId(2)]));
    assert.deepEqual(await readdir(join(stateDir, "servers")), [nodeId(2)]);
  });

  it("is named in the machine's command as an argument, whatever its path", async () => {
    const disk = await prepareDisk(stateDir, nodeServer(1), "/images/$(reboot); x");
    const argv = machineCommand({
      machine: "vipf-x-server-5e4e4001",
      hostname: "edge-1",
      id: nodeId(1),
      namespace: "vipf-x-server-5e4e4001",
      disk,
      controlGroup: "/sys/fs/cgroup/vipf-x/server",
    });
    assert.ok(argv.includes("/images/$(reboot); x"));
    assert.equal(
      argv.some((argument) => argument.includes("reboot") && argument !== "/images/$(reboot); x"),
      false,
    );
    assert.ok(argv.includes("--machine=vipf-x-server-5e4e4001"));
    assert.deepEqual(argv.slice(0, 3), ["setpriv", "--pdeathsig", "KILL"], "it dies with its parent");
  });
});

describe("a console's log", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "vipf-console-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("has what was printed, in order and without terminal sequences, until it is cleared", async () => {
    const log = createConsoleLog(join(directory, "console.log"));
    assert.equal(await log.read(), "");
    log.write("[\u001b[0;32m  OK  \u001b[0m] one\r\n");
    log.write("two\r\n\r\n");
    assert.equal(await log.read(), "[  OK  ] one\ntwo\n\n");
    assert.equal(await log.lastLines(2), "[  OK  ] one | two");
    await log.clear();
    assert.equal(await log.read(), "");
  });

  it("keeps the newest part of a long story, in a file of a bounded size", async () => {
    const path = join(directory, "console.log");
    const log = createConsoleLog(path);
    const line = `${"x".repeat(1023)}\n`;
    for (let count = 0; count < 2000; count += 1) log.write(line);
    log.write("the end\n");
    const text = await log.read();
    assert.ok(text.endsWith("the end\n"));
    assert.ok(text.length >= 256 * 1024);
    assert.ok((await stat(path)).size <= 2 * 256 * 1024 + line.length);
  });

  it("loses lines rather than the machine when it cannot be written", async () => {
    const log = createConsoleLog(join(directory, "missing", "console.log"));
    log.write("lost\n");
    assert.equal(await log.read(), "");
  });
});
