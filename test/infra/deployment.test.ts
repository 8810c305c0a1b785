/** How the agent gets onto the nodes: in which order, when again, and what is left out. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { describe, it } from "mocha";
import { type RecordedGraph, recordCluster } from "./recordedGraph.ts";
import { exampleConfig, loadExample, RELEASE, withValue } from "./stacks/exampleConfig.ts";

describe("the agent's deployment", () => {
  const install = (graph: RecordedGraph, node: string) => graph.one("remote:Command", `cluster-${node}-agent-install`);

  const staged = (graph: RecordedGraph, node: string): string =>
    String(graph.one("remote:Command", `cluster-${node}-agent-config`).inputs["stdin"]);

  const shownLines = (graph: RecordedGraph, node: string): readonly string[] => {
    const { triggers } = install(graph, node).inputs as { triggers: string[] };
    return triggers[3]?.split("\n") ?? [];
  };

  it("copies at once what it installs together", async () => {
    const graph = await recordCluster(loadExample());
    for (const copy of ["runtime", "release", "config"]) {
      const type = copy === "config" ? "remote:Command" : "CopyToRemote";
      const { dependencies } = graph.one(type, `cluster-edge-1-agent-${copy}`);
      assert.ok(dependencies.includes("cluster-edge-1-agent-prepare"));
      assert.ok(!dependencies.some((name) => name.includes("edge-1-agent-") && !name.endsWith("-prepare")));
      assert.ok(install(graph, "edge-1").dependencies.includes(`cluster-edge-1-agent-${copy}`));
    }
  });

  it("makes nothing of a node, nor makes it anew, before the one before it is in service; backups first", async () => {
    const graph = await recordCluster(loadExample(withValue("nodes.edge-3", { priority: 50 })));
    const before = { "edge-3": [], "edge-2": ["edge-3"], "edge-1": ["edge-2"] };
    for (const [node, awaited] of Object.entries(before)) {
      for (const [type, name] of [
        [":Instance", `cluster-${node}`],
        [":Port", `cluster-${node}-port`],
      ] as const) {
        assert.deepEqual(
          graph.one(type, name).dependencies.filter((other) => other.endsWith("-install")),
          awaited.map((other) => `cluster-${other}-agent-install`),
          name,
        );
      }
    }
  });

  it("reaches a node only after SSH is let in", async () => {
    const graph = await recordCluster(loadExample());
    const { dependencies } = graph.one("remote:Command", "cluster-edge-1-host-key-offer");
    assert.ok(dependencies.includes("cluster-security-group-ssh-from-198.51.100.0-24"));
    assert.ok(dependencies.includes("cluster-edge-1-management-association"));
    const { dependencies: deployed } = graph.one("remote:Command", "cluster-edge-1-agent-prepare");
    assert.ok(deployed.includes("cluster-edge-1-host-key-confirm"));
  });

  it("begins anew on a new machine, and installs again when any content changed", async () => {
    const graph = await recordCluster(loadExample());
    for (const step of ["prepare", "runtime", "release", "config"]) {
      const found = graph.resources.find(({ name }) => name === `cluster-edge-1-agent-${step}`);
      assert.deepEqual(found?.inputs["triggers"], ["cluster-edge-1-id"], step);
    }
    const { triggers, create } = install(graph, "edge-1").inputs as { triggers: string[]; create: string };
    const [, , , shown = ""] = triggers;
    assert.deepEqual(triggers, ["cluster-edge-1-id", RELEASE.sha256, RELEASE.runtime.sha256, shown]);
    assert.match(shown, /"node": "edge-1"/, "a preview shows the configuration's own lines");
    const hashes = [
      RELEASE.sha256,
      RELEASE.digest,
      RELEASE.runtime.sha256,
      createHash("sha256").update(staged(graph, "edge-1")).digest("hex"),
    ];
    assert.equal(create, `sudo -n sh -s -- "$PWD/.failover-agent" ${hashes.join(" ")}`);
  });

  it("writes the configuration where nobody else can read it, from the command's standard input", async () => {
    const graph = await recordCluster(loadExample());
    const { create } = graph.one("remote:Command", "cluster-edge-1-agent-config").inputs;
    const home = mkdtempSync(join(tmpdir(), "vipf-stage-"));
    try {
      mkdirSync(join(home, ".failover-agent"));
      execFileSync("sh", ["-c", String(create)], { cwd: home, input: staged(graph, "edge-1") });
      const file = join(home, ".failover-agent", "agent.json");
      assert.equal(readFileSync(file, "utf8"), staged(graph, "edge-1"));
      assert.equal(statSync(file).mode & 0o777, 0o600);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it("shows that a secret changed, on which nodes, and not what it is", async () => {
    const keys = ["0a".repeat(32), "0b".repeat(32)];
    const graphs: RecordedGraph[] = [];
    for (const key of keys) graphs.push(await recordCluster(loadExample(withValue("vips.web.authentication", key))));
    const [before, after] = graphs;
    assert.ok(before && after);
    for (const node of ["edge-1", "edge-2"]) {
      const lines = shownLines(after, node);
      const changed: readonly string[] = shownLines(before, node).filter((line, index) => line !== lines[index]);
      assert.equal(changed.length, 1, changed.join());
      assert.match(changed[0] ?? "", /^ +"secret": "secret [0-9a-f]{16}"$/);
      assert.ok(staged(before, node).includes(keys[0] ?? "-") && staged(after, node).includes(keys[1] ?? "-"));
    }
    for (const [index, graph] of graphs.entries()) {
      for (const { name, inputs, secretInputs } of graph.resources) {
        const open = Object.entries(inputs).filter(([key]) => !secretInputs.includes(key));
        assert.ok(!JSON.stringify(open).includes(keys[index] ?? "-"), `${name} shows a key`);
      }
    }
  });

  it("sets no environment, keeps no old output, and has nothing that could stop a fresh agent", async () => {
    const graph = await recordCluster(loadExample());
    for (const { inputs } of graph.ofType("remote:Command")) {
      assert.equal(inputs["environment"], undefined);
      assert.equal(inputs["delete"], undefined);
      assert.equal(inputs["addPreviousOutputInEnv"], false);
      assert.equal(inputs["logging"], "stderr");
    }
  });

  it("changes one node's configuration and install, and nothing else, with one node's priority", async () => {
    const before = await recordCluster(loadExample());
    const after = await recordCluster(loadExample(withValue("nodes.edge-2.priority", 120)));
    const inputsOf = (graph: RecordedGraph) =>
      new Map(graph.resources.map(({ urn, inputs }) => [urn, JSON.stringify(inputs)]));
    const then = inputsOf(before);
    const changed = [...inputsOf(after)]
      .filter(([urn, inputs]) => then.get(urn) !== inputs)
      .map(([urn]) => urn.split("::").at(-1));
    assert.deepEqual(changed.sort(), ["cluster-edge-2-agent-config", "cluster-edge-2-agent-install"]);
    assert.equal(then.size, inputsOf(after).size);
  });

  it("says so when the configuration asks for what a living machine does not get", async () => {
    // Without an engine the SDK prints what it would log.
    const warnings = mock.method(console, "warn", () => undefined);
    const living = exampleConfig().defaults;
    try {
      const config = withValue("defaults.imageId", "11111111-2222-4333-8444-555555555555");
      await recordCluster(loadExample(withValue("nodes.edge-2.flavor", "edge.large", config)), (type) =>
        type.endsWith(":Instance") ? { imageId: living.imageId, flavorName: living.flavor } : {},
      );
    } finally {
      warnings.mock.restore();
    }
    const said = warnings.mock.calls.map(({ arguments: [text] }) =>
      String(text).replace(/^warning: \[runtime\] | To have it.*/g, ""),
    );
    const image = `image ${living.imageId} (configured: 11111111-2222-4333-8444-555555555555)`;
    assert.deepEqual(said.sort(), [
      `node edge-1 keeps what it was born with: ${image}.`,
      `node edge-2 keeps what it was born with: flavor edge.small (configured: edge.large), ${image}.`,
    ]);
  });
});
