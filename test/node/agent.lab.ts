/** The built agent as real processes with real packets: elections, handovers, deaths, reloads. */
import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import { DatagramListener } from "../support/datagramListener.ts";
import { AgentLab, type Node, PATIENCE_MS, type RouterInput, VIP } from "./agentLab.ts";
import type { Host } from "./cabling.ts";
import { until } from "./namespaces.ts";

interface ShownLink {
  readonly address: string;
  readonly addr_info: readonly { readonly family: string; readonly scope: string; readonly local: string }[];
}

/** Skew_Time of priority 100 at 1 s, and what is allowed on top of it. */
const SKEW_MS = 610;
const MARGIN_MS = 200;
const NO_LESS_THAN_THREE_MISSED_MS = 3_000;

describe("agent on a real segment", function () {
  this.timeout(60_000);
  let lab: AgentLab;

  before(async () => {
    lab = await AgentLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  /** eth0 of a host, as ip(8) shows it. */
  function linkOf(host: Host): ShownLink {
    const [link] = JSON.parse(lab.net.run(host, "ip", "-j", "addr", "show", "eth0")) as ShownLink[];
    assert.ok(link !== undefined);
    return link;
  }

  function linkLocalOf(host: Host): string {
    const own = linkOf(host).addr_info.find(({ scope, family }) => scope === "link" && family === "inet6");
    assert.ok(own !== undefined);
    return own.local;
  }

  /** Leaves behind what an agent has that dies as master: its address, with the agent's mark. */
  async function endedBySigkill(node: Node, router: RouterInput): Promise<AgentStatus> {
    const agent = lab.start(node, router);
    await lab.becomes(node, "master");
    const status = await lab.status(node);
    agent.child.kill("SIGKILL");
    await agent.ended;
    assert.ok(status !== undefined && lab.holds(node));
    return status;
  }

  it("elects the higher priority, which holds the address alone", async () => {
    await lab.pair();
    assert.ok(lab.holds("n1"));
    assert.ok(!lab.holds("n2"));
    const web = await lab.web("n1");
    assert.equal(web?.addressesPresent, true);
    assert.deepEqual(web.counters.dropped, {});
    assert.deepEqual((await lab.status("n2"))?.dropped, {});
    const kept = join(lab.stateDirectory("n1"), "standing.json");
    assert.equal(statSync(kept).mode & 0o777, 0o600);
  });

  it("hands over on SIGTERM without one lost answer", async () => {
    const { one } = await lab.pair();
    const probe = lab.net.probe(VIP);
    await probe.answered();
    const stoppedMs = Date.now();
    one.child.kill("SIGTERM");
    const { reason, ms } = await lab.takeover(stoppedMs);
    assert.equal(reason, "master-resigned");
    assert.equal(await one.ended, 0);
    const seen = await probe.finish();
    lab.measured(`SIGTERM: takeover ${ms} ms, gap ${seen.gapMs} ms, lost ${seen.lost} of ${seen.sent}`);
    assert.equal(seen.lost, 0);
    assert.ok(ms <= SKEW_MS + MARGIN_MS, `takeover after ${ms} ms`);
    assert.ok(!lab.holds("n1"));
    const resign = lab.agent("n1", "resign");
    assert.equal(await resign.ended, 0);
    assert.equal(resign.output(), "");
  });

  it("goes on telling the watchdog while a slow `down` hook ends, and through a second SIGTERM", async () => {
    const released = join(lab.net.directory, "released");
    const down = ["/bin/sh", "-c", `until [ -e ${released} ]; do sleep 0.05; done`];
    const systemd = new DatagramListener(join(lab.net.directory, "notify"));
    const environment = ["env", `NOTIFY_SOCKET=${join(lab.net.directory, "notify")}`, "WATCHDOG_USEC=1000000"];
    const config = lab.configFile("n1", { hooks: { down, timeout: "60s" } });
    const command = [process.execPath, lab.bundle, "run", "--config", config, "--state-dir", lab.stateDirectory("n1")];
    const agent = lab.net.start("n1", ...environment, ...command);
    const isSaid = (what: string) => (): boolean => {
      for (let text = systemd.next(); text !== undefined; text = systemd.next()) if (text.includes(what)) return true;
      return false;
    };
    try {
      await lab.becomes("n1", "master");
      agent.child.kill("SIGTERM");
      await until("the hook runs", PATIENCE_MS, () => /"hook":"down".*"hook runs"/.test(agent.output()));
      for (let word = 0; word < 6; word++) await until("the watchdog is told", PATIENCE_MS, isSaid("WATCHDOG=1"));
      agent.child.kill("SIGTERM");
      await until("the watchdog is told after the second signal", PATIENCE_MS, isSaid("WATCHDOG=1"));
      writeFileSync(released, "");
      assert.equal(await agent.ended, 0);
      assert.doesNotMatch(agent.output(), /hangs|was not told|does not hand over/);
    } finally {
      systemd.close();
    }
  });

  it("hands over after SIGKILL when resign runs, as systemd does, and keeps no address", async () => {
    const { one } = await lab.pair();
    const probe = lab.net.probe(VIP);
    await probe.answered();
    const nodeStartMs = await lab.nodeStartMs();
    const killedMs = Date.now();
    one.child.kill("SIGKILL");
    await one.ended;
    const resign = lab.agent("n1", "resign");
    const { reason, ms } = await lab.takeover(killedMs);
    assert.equal(reason, "master-resigned");
    assert.equal(await resign.ended, 0);
    const seen = await probe.finish();
    const { time } = JSON.parse(resign.output().split("\n")[0] ?? "") as { time: string };
    const resignedMs = Date.parse(time) - killedMs;
    lab.measured(
      `SIGKILL: resigned after ${resignedMs} ms, of which Node starts in ${nodeStartMs} ms; ` +
        `takeover ${ms} ms, gap ${seen.gapMs} ms, lost ${seen.lost} of ${seen.sent}`,
    );
    assert.ok(!lab.holds("n1"));
    assert.equal(seen.lost, 0);
    // What a loaded machine takes to start a process is not the agent's; what comes after it is.
    assert.ok(ms - resignedMs <= SKEW_MS + MARGIN_MS, `takeover ${ms - resignedMs} ms after the resignation`);
    assert.ok(resignedMs <= MARGIN_MS + 4 * nodeStartMs, `resigned after ${resignedMs} ms`);
  });

  it("dies at once when its main thread does, so that systemd can resign for it", async () => {
    const hook = join(lab.net.directory, "hook.cjs");
    const source = `if (require("node:worker_threads").isMainThread)
      process.on("SIGUSR2", () => { throw new Error("a bug"); });`;
    writeFileSync(hook, source);
    const command = [lab.bundle, "run", "--config", lab.configFile("n1", { advertisementInterval: "10s" })];
    const one = lab.net.start("n1", process.execPath, "-r", hook, ...command, "--state-dir", lab.stateDirectory("n1"));
    await lab.becomes("n1", "backup");
    // The protocol's thread sleeps for half a minute from here; a death that waited for it would take as long.
    one.child.kill("SIGUSR2");
    const end = await Promise.race([one.ended, until("the end", PATIENCE_MS, () => false).catch(() => "asleep")]);
    assert.equal(end, 1);
    assert.match(one.output(), /Error: a bug/);
  });

  it("does not resign for an agent that lives", async () => {
    await lab.pair();
    const resign = lab.agent("n1", "resign");
    assert.equal(await resign.ended, 1);
    assert.match(resign.output(), /the agent runs, as process \d+/);
    assert.ok(lab.holds("n1"));
  });

  it("lets go at once when its link goes down, and the other takes over in time", async () => {
    await lab.pair();
    const cutMs = Date.now();
    lab.net.cable("n1", "down");
    const letGoMs = await until("n1 let go", PATIENCE_MS, () => !lab.holds("n1"));
    const { reason, ms } = await lab.takeover(cutMs);
    assert.equal(reason, "master-down");
    lab.measured(`link down: let go within ${Math.round(letGoMs)} ms, takeover ${ms} ms`);
    assert.ok(ms <= NO_LESS_THAN_THREE_MISSED_MS + SKEW_MS + MARGIN_MS, `takeover after ${ms} ms`);
    assert.equal((await lab.web("n1"))?.lastTransition?.reason, "link-down");
    lab.net.cable("n1", "up");
    await lab.becomes("n1", "master");
    await until("n2 let go", PATIENCE_MS, () => !lab.holds("n2"));
  });

  it("is master on both sides when protocol 112 does not pass, and each status says that it hears nobody", async () => {
    lab.net.filterVrrp(true);
    try {
      lab.start("n1", { advertisementInterval: "100ms" });
      lab.start("n2", { advertisementInterval: "100ms" });
      for (const node of ["n1", "n2"] as const) {
        await lab.becomes(node, "master");
        assert.equal((await lab.web(node))?.peers[0]?.lastHeardAgoMs, null);
        const text = lab.agent(node, "status");
        assert.equal(await text.ended, 0);
        assert.match(text.output(), /web: no advertisements received\. .*\n.*IP protocol 112 does not pass/);
      }
    } finally {
      lab.net.filterVrrp(false);
    }
    await lab.becomes("n2", "backup");
    await until("n2 let go", PATIENCE_MS, () => !lab.holds("n2"));
    assert.ok(lab.holds("n1"));
  });

  it("goes on with the address of an earlier life without a moment in which it does not answer", async () => {
    const router = { advertisementInterval: "100ms", lease: "60s" };
    const { startedAt } = await endedBySigkill("n2", router);
    const probe = lab.net.probe(VIP);
    await probe.answered();
    lab.start("n2", router);
    await until("another one runs", PATIENCE_MS, async () => (await lab.status("n2"))?.startedAt !== startedAt);
    await lab.becomes("n2", "master");
    const { lost } = await probe.finish();
    assert.equal(lost, 0);
    assert.equal((await lab.web("n2"))?.lastTransition?.reason, "resumed");
  });

  it("lets the address of an earlier life go when another has it", async () => {
    const router = { advertisementInterval: "100ms", lease: "60s" };
    await endedBySigkill("n2", router);
    lab.start("n1", router);
    await lab.becomes("n1", "master");
    assert.ok(lab.holds("n2"));
    lab.start("n2", router);
    await lab.becomes("n2", "backup");
    await until("n2 let go", PATIENCE_MS, () => !lab.holds("n2"));
    assert.ok(lab.holds("n1"));
  });

  it("puts the address back when somebody removes it", async () => {
    lab.start("n1", { advertisementInterval: "100ms" });
    await lab.becomes("n1", "master");
    lab.net.run("n1", "ip", "addr", "del", `${VIP}/32`, "dev", "eth0");
    await until("the address is back", PATIENCE_MS, () => lab.holds("n1"));
  });

  it("announces at once that its interface has another MAC", async () => {
    lab.start("n1", { announcement: { refresh: "1h" } });
    await lab.becomes("n1", "master");
    const probe = lab.net.probe(VIP);
    await probe.answered();
    const before = linkOf("n1").address;
    const other = "02:00:00:00:77:01";
    lab.net.run("n1", "ip", "link", "set", "eth0", "address", other);
    const known = (): string => lab.net.run("nc", "ip", "neigh", "show", VIP, "dev", "eth0");
    // The client's own probes of its neighbour would take five seconds and more to begin.
    await until("the client knows the other MAC", 4_000, () => known().includes(other));
    await probe.finish();
    lab.net.run("n1", "ip", "link", "set", "eth0", "address", before);
  });

  for (const [family, shared] of [
    ["IPv4", `${VIP}/32`],
    ["IPv6", "2001:db8:25::10/128"],
  ] as const) {
    it(`says which other host answers for a shared address, for as long as it does: ${family}`, async () => {
      const place = { interface: "eth0", peers: ["fe80::12"], addresses: ["fe80::10/128", shared] };
      const router = family === "IPv4" ? {} : { ...place, sourceAddress: linkLocalOf("n1") };
      lab.start("n1", { ...router, advertisementInterval: "100ms", announcement: { refresh: "1s" } });
      await lab.becomes("n1", "master");
      lab.net.run("nc", "ip", "addr", "add", shared, "dev", "eth0", ...(family === "IPv6" ? ["nodad"] : []));
      try {
        const expected = [{ address: shared.split("/")[0], mac: linkOf("nc").address }];
        await until("the conflict is told", PATIENCE_MS, async () =>
          isDeepStrictEqual(
            (await lab.web("n1"))?.conflicts.map(({ address, mac }) => ({ address, mac })),
            expected,
          ),
        );
        const metrics = lab.agent("n1", "metrics");
        assert.equal(await metrics.ended, 0);
        assert.match(metrics.output(), /^vipf_address_conflicts\{virtual_router="web"\} 1$/m);
      } finally {
        lab.net.run("nc", "ip", "addr", "del", shared, "dev", "eth0");
      }
      const isOver = async (): Promise<boolean> => (await lab.web("n1"))?.conflicts.length === 0;
      await until("the conflict is over", PATIENCE_MS, isOver);
      assert.equal((await lab.web("n1"))?.role, "master");
    });
  }

  it("reloads: equal does nothing, changed drops nothing, invalid is refused", async () => {
    await lab.pair({ advertisementInterval: "100ms" });
    const probe = lab.net.probe(VIP);
    await probe.answered();
    const reload = (path: string) => lab.agent("n1", "reload", "--config", path);

    const equal = reload(lab.configFile("n1", { advertisementInterval: "100ms", preempt: true }));
    assert.equal(await equal.ended, 0);
    assert.match(equal.output(), /is in force already/);

    const lowered = reload(lab.configFile("n1", { advertisementInterval: "100ms", priority: 50 }));
    assert.equal(await lowered.ended, 0);
    assert.match(lowered.output(), /is in force: changed web/);
    assert.equal((await lab.web("n1"))?.priority, 50);
    await lab.becomes("n2", "master");
    await lab.becomes("n1", "backup");

    const invalid = reload(lab.configFile("n1", { priority: 0 }));
    assert.equal(await invalid.ended, 1);
    assert.match(invalid.output(), /is refused, the running configuration stays:\n {2}virtualRouters\[0\]\.priority/);
    assert.equal((await lab.web("n1"))?.priority, 50);
    const seen = await probe.finish();
    lab.measured(`reload and preemption: gap ${seen.gapMs} ms, lost ${seen.lost} of ${seen.sent}`);
    assert.equal(seen.lost, 0);
  });

  it("refuses a second agent beside a running one, and a configuration that is not good", async () => {
    await lab.pair();
    const second = lab.start("n1");
    assert.equal(await second.ended, 1);
    assert.match(second.output(), /is answered by a running agent/);
    assert.ok(lab.holds("n1"));
    const wrong = lab.agent("n1", "run", "--config", lab.configFile("n1", { priority: 256 }));
    assert.equal(await wrong.ended, 1);
    assert.match(wrong.output(), /virtualRouters\[0\]\.priority/);
  });

  it("tells wrong usage and a missing agent by exit code", async () => {
    assert.equal(await lab.agent("n1", "status").ended, 3);
    assert.equal(await lab.agent("n1", "dance").ended, 2);
    assert.equal(await lab.agent("n1", "resign", "--dance").ended, 2);
    assert.equal(await lab.net.start("n1", process.execPath, lab.bundle, "--help").ended, 0);
  });
});
