/** The agent and keepalived as two halves of one virtual router, by unicast, either way round. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentLab, addressesOf, type Node, PATIENCE_MS, PRIORITY, VIP } from "./agentLab.ts";
import { type Running, until } from "./namespaces.ts";

describe("agent with keepalived as the other half", function () {
  this.timeout(60_000);
  let lab: AgentLab;

  before(async () => {
    lab = await AgentLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  function keepalived(node: Node, seconds: number): Running {
    const { own, other } = addressesOf(node);
    const file = join(lab.net.directory, `${node}.keepalived.conf`);
    const lines = [
      "global_defs {",
      `  router_id ${node}`,
      "  vrrp_version 3",
      "}",
      "vrrp_instance web {",
      "  state BACKUP",
      "  interface eth0",
      "  virtual_router_id 10",
      `  priority ${PRIORITY[node]}`,
      `  advert_int ${seconds}`,
      `  unicast_src_ip ${own}`,
      "  unicast_peer {",
      `    ${other}`,
      "  }",
      "  virtual_ipaddress {",
      `    ${VIP}/32 dev eth0`,
      "  }",
      "}",
    ];
    writeFileSync(file, `${lines.join("\n")}\n`);
    const pids = ["-p", `${file}.pid`, "-r", `${file}.vrrp.pid`];
    return lab.net.start(node, "keepalived", "-n", "-l", "-P", "-f", file, ...pids);
  }

  it("is master over it, hands over without a lost answer, and takes back", async () => {
    const daemon = keepalived("n2", 0.1);
    const first = lab.start("n1", { advertisementInterval: "100ms" });
    await lab.becomes("n1", "master");
    await until("keepalived let go", PATIENCE_MS, () => !lab.holds("n2") && lab.holds("n1"));
    const probe = lab.net.probe(VIP);
    await probe.answered();
    first.child.kill("SIGTERM");
    assert.equal(await first.ended, 0);
    assert.match(first.output(), /resigning -> initialize \(successor-heard\)/);
    assert.ok(lab.holds("n2"));
    lab.start("n1", { advertisementInterval: "100ms" });
    await lab.becomes("n1", "master");
    await until("keepalived let go again", PATIENCE_MS, () => !lab.holds("n2"));
    const seen = await probe.finish();
    lab.measured(`handover to keepalived and back: gap ${seen.gapMs} ms, lost ${seen.lost} of ${seen.sent}`);
    assert.equal(seen.lost, 0);
    assert.deepEqual((await lab.web("n1"))?.counters.dropped, {});
    daemon.child.kill("SIGTERM");
    await daemon.ended;
    assert.doesNotMatch(daemon.output(), /checksum|discard|invalid|mismatch/i);
  });

  it("is backup to it, and takes over when it stops", async () => {
    const daemon = keepalived("n1", 1);
    await until("keepalived is master", PATIENCE_MS, () => lab.holds("n1"));
    lab.start("n2");
    await until("it is heard", PATIENCE_MS, async () => (await lab.web("n2"))?.masterAddress === "10.25.0.11");
    const stoppedMs = Date.now();
    daemon.child.kill("SIGTERM");
    const { reason, ms } = await lab.takeover(stoppedMs);
    assert.equal(reason, "master-resigned");
    await daemon.ended;
    lab.measured(`keepalived stopped: the agent took over after ${ms} ms`);
    assert.ok(lab.holds("n2"));
    assert.deepEqual((await lab.web("n2"))?.counters.dropped, {});
    assert.deepEqual((await lab.status("n2"))?.dropped, {});
  });
});
