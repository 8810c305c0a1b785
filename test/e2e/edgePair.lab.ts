/**
 * The main job end to end: the real engine and provider, servers with systemd, packets. One environment, in the order
 * an operator would meet things; each `describe` leaves the pair whole.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { summarise } from "../../bench/summary.ts";
import { readVirtualRouter } from "../../lab/drills/agentStatus.ts";
import { observe } from "../../lab/drills/answers.ts";
import { nowMs, waitFor } from "../../lab/drills/clock.ts";
import { drillNamed } from "../../lab/drills/drill.ts";
import { holdsAddress, rehearse, settle } from "../../lab/drills/rehearse.ts";
import { type DrillRecord, toRecord } from "../../lab/drills/report.ts";
import { labFiles } from "../../lab/settings.ts";
import { summaryOf } from "../../lab/stack.ts";
import { runCommand } from "../../toolchain/command.ts";
import { openCloud } from "./cloudApi.ts";
import { closeWorld, openStage, openWorld, type Stage, type World } from "./world.ts";

/** What stacks/Pulumi.local.yaml says. */
const ADVERTISEMENT_INTERVAL_MS = 1_000;
const BACKUP_PRIORITY = 100;
/** RFC 9568 6.1 */
const SKEW_MS = ((256 - BACKUP_PRIORITY) / 256) * ADVERTISEMENT_INTERVAL_MS;
const MARGIN_MS = 200;
const RUNS = 3;

let world: World;
let stage: Stage;
/** What the first `up` printed. */
let firstUp = "";

const up = async (): Promise<string> => summaryOf(await world.stack.pulumi(["up", "--yes", "--skip-preview"]));

/** Nothing was created, updated, replaced or deleted. */
const assertUnchanged = (summary: string): void => {
  assert.match(summary, /^\d+ unchanged$/, `expected no change, the engine said: ${summary}`);
};

describe("an edge pair on the lab", function () {
  this.timeout(900_000);

  before(async () => {
    world = await openWorld();
  });

  after(async () => {
    await closeWorld();
  });

  describe("pulumi up", () => {
    it("builds it from nothing", async () => {
      firstUp = await world.stack.pulumi(["up", "--yes", "--skip-preview"]);
      assert.match(summaryOf(firstUp), /\d+ created/);
      stage = await openStage(world);
    });

    it("gives the outputs that other stacks read", () => {
      const { vips, nodes, agent } = stage.outputs;
      const web = vips["web"];
      assert.deepEqual(Object.keys(nodes).sort(), ["edge-1", "edge-2"]);
      assert.equal(web?.address, "10.25.0.10");
      assert.match(web.publicAddress ?? "", /^203\.0\.113\.\d+$/);
      assert.equal(web.masterToBe, "edge-1");
      assert.deepEqual(
        web.nodes.map(({ name, priority }) => [name, priority]),
        [
          ["edge-1", 200],
          ["edge-2", 100],
        ],
      );
      assert.match(agent.sha256, /^[0-9a-f]{64}$/);
    });

    it("makes the node of the highest priority master, and the client reaches it", async () => {
      await settle(world.lab, stage.subject);
      const probe = stage.client.probe(stage.subject.publicAddress, stage.subject.port);
      const answer = await probe.waitForAnswer(({ by }) => by !== undefined, 20_000);
      await probe.stop();
      assert.equal(answer?.by, "edge-1");
    });

    it("changes nothing the second time, nor after a refresh", async () => {
      assertUnchanged(await up());
      const refreshed = await world.stack.pulumi(["preview", "--refresh", "--expect-no-changes"]);
      assert.match(refreshed, /unchanged/);
    });
  });

  describe("failover, with advertisements every second", () => {
    const records: DrillRecord[] = [];
    const bounds = {
      "power-off": 3 * ADVERTISEMENT_INTERVAL_MS + SKEW_MS + MARGIN_MS,
      "stop-agent": SKEW_MS + MARGIN_MS,
      "kill-agent": SKEW_MS + MARGIN_MS,
    };
    for (const [name, boundMs] of Object.entries(bounds)) {
      it(`${name}: the client's gap is at most ${boundMs.toFixed(0)} ms, ${RUNS} times`, async () => {
        for (let run = 0; run < RUNS; run += 1) {
          const result = await rehearse(world.lab, stage.client, stage.subject, drillNamed(name));
          records.push(toRecord(result));
          assert.equal(result.from, "edge-1");
          assert.equal(result.to, "edge-2");
          assert.equal(result.staleHolder, false, "the old master still held the address");
          assert.ok(result.gapMs <= boundMs, `gap ${result.gapMs.toFixed(0)} ms, bound ${boundMs.toFixed(0)} ms`);
        }
      });
    }

    after(() => {
      process.stdout.write(`\n${summarise(records)}\n\n`);
    });
  });

  describe("pulumi up in the middle of a failover", () => {
    it("changes nothing and leaves the address with the backup", async () => {
      await settle(world.lab, stage.subject);
      const [first, second] = ["edge-1", "edge-2"].map((node) => stage.subject.servers.get(node) ?? "");
      assert.ok(first !== undefined && second !== undefined);
      await world.lab.powerCut(first);
      const probe = stage.client.probe(stage.subject.publicAddress, stage.subject.port);
      try {
        const taken = await probe.waitForAnswer(({ by }) => by === "edge-2", 20_000);
        assert.ok(taken, "edge-2 took over");
        assertUnchanged(await up());
        const refreshed = await world.stack.pulumi(["preview", "--refresh", "--expect-no-changes"]);
        assert.match(refreshed, /unchanged/);
        const sinceMs = nowMs();
        assert.equal((await probe.waitForAnswer(({ sentMs }) => sentMs >= sinceMs, 5_000))?.by, "edge-2");
        assert.ok(await holdsAddress(world.lab, second, stage.subject.address));
      } finally {
        await probe.stop();
        await world.lab.start(first);
      }
      await settle(world.lab, stage.subject);
    });
  });

  describe("changing one node's priority", () => {
    it("is one changed node in the preview, and a reload that does not drop the address", async () => {
      const [first, second] = [serverOf("edge-1"), serverOf("edge-2")];
      const agentsBefore = await Promise.all([first, second].map(agentPid));
      await world.editConfig((yaml) => yaml.replace(/(edge-2:.*priority: )100/, "$1150"));
      const preview = await world.stack.pulumi(["preview", "--diff"]);
      assert.match(preview, /edge-2/);
      assert.doesNotMatch(changedLines(preview), /edge-1/, "the other node is touched");
      const probe = stage.client.probe(stage.subject.publicAddress, stage.subject.port);
      try {
        await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000);
        const startMs = nowMs();
        assert.match(await up(), /changed|updated|replaced/);
        const answers = await probe.stop();
        const seen = observe(answers, startMs, nowMs(), "edge-1");
        assert.equal(seen.to, undefined, "the address moved");
        assert.ok(seen.gapMs < SKEW_MS, `the client saw a gap of ${seen.gapMs.toFixed(0)} ms`);
      } finally {
        await probe.stop();
      }
      assert.equal((await readVirtualRouter(world.lab, second, "web"))?.priority, 150);
      assert.deepEqual(await Promise.all([first, second].map(agentPid)), agentsBefore, "an agent was restarted");
      assertUnchanged(await up());
    });

    it("is refused by name when it makes two nodes equal, before anything is touched", async () => {
      await world.editConfig((yaml) => yaml.replace(/(edge-2:.*priority: )150/, "$1200"));
      const output = await world.stack.pulumi(["preview"]).catch(String);
      assert.match(output, /edge-1/);
      assert.match(output, /edge-2/);
      assert.match(output, /200/);
      assert.doesNotMatch(output, /\n\s+at .*\.ts:\d+/, "a stack trace was shown");
      await world.editConfig((yaml) => yaml.replace(/(edge-2:.*priority: )200/, "$1150"));
    });
  });

  describe("secrets", () => {
    it("stand in clear neither in the state, nor in a preview, nor in a log", async () => {
      const privateKey = await readFile(labFiles(world.settings).sshPrivateKey, "utf8");
      const keyBody = privateKey.split("\n").slice(1, -2).join("").slice(40, 120);
      const state = await world.stack.pulumi(["stack", "export"]);
      const preview = await world.stack.pulumi(["preview", "--diff", "--show-sames"]);
      const daemonLog = await readFile(labFiles(world.settings).log, "utf8");
      const journals = await Promise.all(["edge-1", "edge-2"].map((node) => journalOf(serverOf(node))));
      for (const text of [state, preview, firstUp, daemonLog, ...journals]) {
        assert.ok(!text.replaceAll("\\n", "").includes(keyBody), "the operator's private key");
        assert.ok(!text.includes("OPENSSH PRIVATE KEY"), "a private key");
        assert.ok(!text.includes(world.password), "the cloud password");
      }
    });
  });

  describe("without what the cloud must allow", () => {
    it("loses the address to the client when the backup's port has no allowed pair", async () => {
      const cloud = await openCloud(world.settings, world.password);
      const second = serverOf("edge-2");
      const port = (await cloud.ports()).find(({ device_id: device }) => device === second);
      assert.ok(port, "edge-2 has a port");
      const probe = stage.client.probe(stage.subject.publicAddress, stage.subject.port);
      try {
        await cloud.setAllowedPairs(port.id, []);
        await probe.waitForAnswer(({ by }) => by === "edge-1", 20_000);
        await systemctl(serverOf("edge-1"), "stop");
        await waitForRole(second, "master");
        const sinceMs = nowMs();
        assert.equal(
          await probe.waitForAnswer(({ by, sentMs }) => by !== undefined && sentMs > sinceMs, 4_000),
          undefined,
        );
        await cloud.setAllowedPairs(port.id, [stage.subject.address]);
        const healed = await probe.waitForAnswer(({ by, sentMs }) => by === "edge-2" && sentMs > sinceMs, 30_000);
        assert.ok(healed, "with the pair back the client reaches edge-2");
      } finally {
        await probe.stop();
        await systemctl(serverOf("edge-1"), "start");
      }
      await settle(world.lab, stage.subject);
    });

    it("makes both nodes master when no rule lets protocol 112 in, and each says that it hears nobody", async () => {
      const cloud = await openCloud(world.settings, world.password);
      const rules = (await cloud.rules()).filter(
        ({ direction, protocol }) => direction === "ingress" && /^(112|vrrp)$/.test(protocol ?? ""),
      );
      assert.equal(rules.length, 1);
      await cloud.deleteRule(rules[0]?.id ?? "");
      for (const node of ["edge-1", "edge-2"]) await waitForRole(serverOf(node), "master");
      for (const node of ["edge-1", "edge-2"]) {
        const { stdout } = await world.lab.run(serverOf(node), [
          "/opt/failover-agent/current/failover-agent",
          "status",
        ]);
        assert.match(stdout, /master/);
        assert.match(stdout, /hear|heard/, `the status of ${node} does not speak of what it hears:\n${stdout}`);
      }
      const change = await world.stack.pulumi(["up", "--yes", "--skip-preview", "--refresh"]);
      assert.match(summaryOf(change), /1 created/);
      await settle(world.lab, stage.subject);
    });
  });

  describe("pulumi destroy", () => {
    it("leaves nothing in the cloud", async () => {
      await world.stack.pulumi(["destroy", "--yes", "--skip-preview"]);
      const left = await (await openCloud(world.settings, world.password)).leftovers();
      assert.deepEqual(left, { networks: 0, ports: 0, routers: 0, floatingips: 0, servers: 0 });
      assert.deepEqual((await world.lab.status()).servers, []);
      const { name } = world.settings;
      assert.deepEqual((await namespacesOf(name)).sort(), [`${name}-client`, `${name}-fabric`]);
    });
  });

  describe("lab down", () => {
    it("leaves nothing on the host", async () => {
      await closeWorld();
      assert.deepEqual(await namespacesOf(world.settings.name), []);
      const { stdout } = await runCommand(["pgrep", "--full", `machine=${world.settings.name}`], { accept: [0, 1] });
      assert.equal(stdout, "");
    });
  });
});

function serverOf(node: string): string {
  const id = stage.subject.servers.get(node);
  if (id === undefined) throw new Error(`no server for ${node}`);
  return id;
}

/** Lines of a `preview --diff` that name a change. */
const changedLines = (preview: string): string =>
  preview
    .split("\n")
    .filter((line) => /^\s*(\+|-|~|\+-|-\+|\+\+|--)/.test(line))
    .join("\n");

async function journalOf(server: string): Promise<string> {
  const { stdout } = await world.lab.run(server, ["journalctl", "--no-pager", "--boot"]);
  assert.match(stdout, /failover-agent/);
  return stdout;
}

async function namespacesOf(lab: string): Promise<string[]> {
  const { stdout } = await runCommand(["ip", "netns", "list"]);
  return stdout
    .split("\n")
    .flatMap((line) => line.split(" ")[0] ?? [])
    .filter((name) => name.startsWith(lab));
}

async function agentPid(server: string): Promise<string> {
  const { stdout } = await world.lab.run(server, [
    "systemctl",
    "show",
    "--property=MainPID",
    "--value",
    "failover-agent",
  ]);
  return stdout.trim();
}

async function systemctl(server: string, verb: "start" | "stop"): Promise<void> {
  const { status, stderr } = await world.lab.run(server, ["systemctl", verb, "failover-agent"]);
  assert.equal(status, 0, stderr);
}

async function waitForRole(server: string, role: string): Promise<void> {
  await waitFor(
    async () => ((await readVirtualRouter(world.lab, server, "web"))?.role === role ? true : undefined),
    30_000,
    200,
    () => new Error(`server ${server} did not become ${role}`),
  );
}
