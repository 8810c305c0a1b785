/** The command line: what it asks of the agent, what it prints, and how it ends. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "../../agent/cli/commandLine.ts";
import { plain } from "../../agent/cli/text/table.ts";
import { VERSION } from "../../agent/config/version.ts";
import { type Controlled, serveControl } from "../../agent/control/server.ts";
import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import type { HandoverOrder, OperatorOrder } from "../../agent/operator/orders.ts";
import { configOf } from "../support/documents.ts";
import { agentStatus, routerStatus } from "../support/statuses.ts";

const ENTRY = new URL("file:///nowhere");
const WEB = {
  name: "web",
  protocol: "vrrp",
  virtualRouterId: 10,
  priority: 200,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12"],
  addresses: ["10.25.0.10/32"],
};

describe("command line", () => {
  let directory = "";
  const servers: Server[] = [];
  const orders: (HandoverOrder | OperatorOrder | string)[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-command-"));
    orders.length = 0;
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(directory, { recursive: true });
  });

  /** Runs a command. */
  async function command(...argv: string[]): Promise<{ code: number; out: string; error: string }> {
    const out: string[] = [];
    const error: string[] = [];
    const terminal = {
      print: (text: string) => out.push(text),
      complain: (text: string) => error.push(text),
      paint: plain,
    };
    const code = await runCommandLine(argv, ENTRY, terminal);
    return { code, out: out.join("\n"), error: error.join("\n") };
  }

  /** Asks the agent of this test. */
  const ask = (...argv: string[]) => command(...argv, "--state-dir", directory);

  /** An agent whose status is the next of these each time it is asked, the last one for good. */
  async function serve(
    statuses: readonly AgentStatus[] = [agentStatus()],
    changes: Partial<Controlled> = {},
  ): Promise<void> {
    const left = [...statuses];
    const controlled: Controlled = {
      status: () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? agentStatus()),
      reload: (text) => {
        orders.push(text);
        return Promise.resolve({
          changed: true,
          digest: "d".repeat(64),
          added: ["web"],
          removed: [],
          reconfigured: [],
          obstacles: [],
        });
      },
      handOver: (order) => {
        orders.push(order);
        return Promise.resolve({ handedOver: ["web"], to: order.to ?? null });
      },
      obey: (order) => {
        orders.push(order);
        return Promise.resolve(agentStatus().operator);
      },
      recording: () => Promise.resolve(['{"kind":"recording","version":1,"node":"edge-1"}']),
      config: () => configOf(1, { priority: 200 }),
      ...changes,
    };
    servers.push(await serveControl(join(directory, "control.sock"), controlled));
  }

  function fileOf(name: string, ...virtualRouters: readonly object[]): string {
    const path = join(directory, name);
    writeFileSync(path, JSON.stringify({ version: 1, node: "edge-1", virtualRouters }));
    return path;
  }

  const resigning = agentStatus({ virtualRouters: [routerStatus({ role: "resigning" })] });
  const backup = agentStatus({
    virtualRouters: [
      routerStatus({
        role: "backup",
        masterAddress: "10.25.0.12",
        lastTransition: { from: "resigning", to: "backup", reason: "successor-heard", at: "2026-11-21T06:00:00.000Z" },
      }),
    ],
  });

  describe("every command", () => {
    it("ends with 3 and says so when no agent answers", async () => {
      for (const argv of [["status"], ["drain"], ["handover"], ["metrics"], ["record"], ["simulate"]]) {
        const { code, out, error } = await ask(...argv);
        assert.deepEqual([code, out], [3, ""], argv.join(" "));
        assert.match(
          error,
          /^failover-agent: no agent answers on .*control\.sock .*: is it running, and are you root\?$/,
        );
      }
    });

    it("ends with 2 for wrong usage", async () => {
      const wrong = [
        [],
        ["frobnicate"],
        ["status", "--colour"],
        ["reload"],
        ["maintenance", "on"],
        ["maintenance", "perhaps"],
      ];
      for (const argv of [...wrong, ["maintenance", "on", "--for", "1 year"], ["simulate", "--for", "0s"], ["check"]]) {
        assert.equal((await command(...argv)).code, 2, argv.join(" "));
      }
    });

    it("has help with its exit codes", async () => {
      const { code, out } = await command("handover", "--help");
      assert.equal(code, 0);
      assert.match(out, /Usage: failover-agent handover \[options\] \[virtual-router\]/);
      assert.match(out, /3 {2}no agent answers on the control socket/);
    });
  });

  it("version: prints it", async () => {
    assert.deepEqual(await command("version"), { code: 0, out: VERSION, error: "" });
    assert.deepEqual(JSON.parse((await command("version", "--json")).out), { version: VERSION });
  });

  it("status: for people and for programs", async () => {
    await serve();
    assert.match((await ask("status")).out, /^edge-1: failover-agent 1\.2\.3, .*\n\nVIRTUAL ROUTER/);
    assert.deepEqual(JSON.parse((await ask("status", "--json")).out), agentStatus());
  });

  it("reload: sends the file as it is", async () => {
    await serve();
    const path = fileOf("agent.json", WEB);
    const { code, out } = await ask("reload", "--config", path);
    assert.deepEqual([code, out], [0, "configuration dddddddddddd is in force: added web"]);
    assert.match(JSON.stringify(orders[0]), /^"\{\\"version\\":1,/);
  });

  it("handover: waits until it is known who has the role", async () => {
    await serve([resigning, resigning, backup]);
    const { code, out } = await ask("handover", "web", "--to", "edge-2");
    assert.deepEqual(orders, [{ virtualRouter: "web", to: "edge-2" }]);
    assert.deepEqual([code, out], [0, "web: backup, master is 10.25.0.12 (the successor was heard)"]);
  });

  it("handover: ends with 1 when nobody takes the role, and when the agent refuses", async () => {
    await serve([resigning, agentStatus()], { handOver: () => Promise.resolve({ handedOver: ["web"], to: null }) });
    assert.deepEqual((await ask("handover")).code, 1);
    await serve2({ handOver: () => Promise.resolve({ problems: ["edge-1 is master of nothing"] }) });
    const { code, error } = await ask("handover", "--json");
    assert.deepEqual([code, error], [1, "failover-agent: nothing is handed over:\n  edge-1 is master of nothing"]);
  });

  async function serve2(changes: Partial<Controlled>): Promise<void> {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
    await serve(undefined, changes);
  }

  it("drain, undrain, maintenance: say it to the agent, and what came of it", async () => {
    await serve([resigning, backup]);
    assert.deepEqual(await ask("drain"), {
      code: 0,
      out: "the node is drained\nweb: backup, master is 10.25.0.12 (the successor was heard)",
      error: "",
    });
    assert.equal((await ask("undrain")).out, "the node is in service");
    assert.match((await ask("maintenance", "on", "--for", "30m")).out, /^the node is in maintenance\n/);
    assert.equal((await ask("maintenance", "off")).out, "the maintenance is over");
    assert.deepEqual(orders, [
      { kind: "drain" },
      { kind: "undrain" },
      { kind: "maintenance", forSeconds: 1_800 },
      { kind: "end-maintenance" },
    ]);
  });

  it("drain, maintenance: end with 1 where nobody took what this node had", async () => {
    const lost = routerStatus({
      role: "initialize",
      masterAddress: null,
      lastTransition: { from: "resigning", to: "initialize", reason: "no-successor", at: "2026-11-21T05:59:00.123Z" },
    });
    for (const [argv, done] of [
      [["drain"], "the node is drained"],
      [["maintenance", "on", "--for", "30m"], "the node is in maintenance"],
    ] as const) {
      await serve([agentStatus(), agentStatus({ virtualRouters: [lost] })]);
      const { code, out, error } = await ask(...argv);
      assert.deepEqual([code, out], [1, `${done}\nweb: initialize (no successor was heard in time)`]);
      assert.match(error, new RegExp(`${done}, and not everything was taken:\n {2}nobody took web: no node answers`));
      servers.pop()?.close();
    }
  });

  it("drain: ends with 0 where there was nothing to give, however an earlier handover ended", async () => {
    const drained = routerStatus({
      role: "initialize",
      lastTransition: { from: "resigning", to: "initialize", reason: "no-successor", at: "2026-11-21T05:59:00.123Z" },
    });
    await serve([agentStatus({ virtualRouters: [drained] })]);
    assert.equal((await ask("drain")).code, 0);
  });

  it("drain: says when a restart would forget it", async () => {
    await serve([backup], { obey: () => Promise.resolve({ ...agentStatus().operator, isKept: false }) });
    const { code, error } = await ask("drain");
    assert.equal(code, 0);
    assert.match(error, /in force, but not on disk/);
  });

  it("metrics and record: print what the agent has", async () => {
    await serve();
    assert.match((await ask("metrics")).out, /^vipf_agent_info\{node="edge-1"/m);
    assert.equal((await ask("record")).out, '{"kind":"recording","version":1,"node":"edge-1"}');
  });

  describe("check", () => {
    it("says that a configuration is good, and what its checks leave of the node", async () => {
      const track = { uplink: 60, service: "all" };
      const path = join(directory, "agent.json");
      const checks = { uplink: { ping: "192.0.2.1" }, service: { tcp: { host: "127.0.0.1", port: 80 } } };
      writeFileSync(path, JSON.stringify({ version: 1, node: "edge-1", virtualRouters: [{ ...WEB, track }], checks }));
      const { code, out } = await command("check", path);
      assert.equal(code, 0);
      assert.match(
        out,
        /is good: node edge-1, virtual routers web, digest [0-9a-f]{12}\nweb: 200; when uplink fails, 140; when service fails, held back$/,
      );
      assert.equal((JSON.parse((await command("check", path, "--json")).out) as { node: string }).node, "edge-1");
    });

    it("refuses with 1: what is not the schema's, what contradicts itself, a check that can never move the address", async () => {
      assert.match(
        (await command("check", fileOf("a.json", { ...WEB, priority: 0 }))).error,
        /priority: 0 is not a priority/,
      );
      const twice = await command("check", fileOf("b.json", WEB, { ...WEB, virtualRouterId: 11 }));
      assert.deepEqual([twice.code, twice.error.includes('"web" is the name of virtualRouters[0] already')], [1, true]);
      const path = join(directory, "c.json");
      const virtualRouters = [{ ...WEB, preempt: false, track: { uplink: 60 } }];
      writeFileSync(
        path,
        JSON.stringify({ version: 1, node: "edge-1", virtualRouters, checks: { uplink: { ping: "192.0.2.1" } } }),
      );
      const { code, error } = await command("check", path);
      assert.equal(code, 1);
      assert.match(
        error,
        /web: check uplink can never move the address: without preemption .*; write "all", or preempt: true/,
      );
    });

    it("refuses octets that are no UTF-8, and reload does before it asks the agent", async () => {
      const path = join(directory, "agent.json");
      writeFileSync(path, Buffer.from([0x7b, 0x22, 0xe4, 0x22]));
      const why = "it is not UTF-8: the octet at offset 2 cannot be there: save it as UTF-8 without a byte order mark";
      assert.deepEqual(await command("check", path), {
        code: 1,
        out: "",
        error: `failover-agent: ${path} is refused:\n  ${why}`,
      });
      const { code, error } = await ask("reload", "--config", path);
      assert.equal(code, 1);
      assert.ok(error.endsWith(`the running configuration stays:\n  ${why}`), error);
    });

    it("ends with 1 for a file that is not there", async () => {
      const { code, error } = await command("check", join(directory, "none.json"));
      assert.deepEqual([code, error.includes("ENOENT")], [1, true]);
    });
  });

  describe("simulate", () => {
    it("of the running agent: without a peer known, nobody takes over", async () => {
      await serve();
      const { code, out } = await ask("simulate", "--lose", "edge-1", "--for", "10s");
      assert.equal(code, 0);
      assert.match(out, /web: nobody is master in the end; nobody had the addresses for 10\.000s/);
      assert.match(out, /note: web: nothing is known of 10\.25\.0\.12/);
    });

    it("of configurations, without an agent", async () => {
      const one = fileOf("1.json", WEB);
      const two = join(directory, "2.json");
      const other = { ...WEB, priority: 100, sourceAddress: "10.25.0.12", peers: ["10.25.0.11"] };
      writeFileSync(two, JSON.stringify({ version: 1, node: "edge-2", virtualRouters: [other] }));
      const { code, out } = await command("simulate", "--lose", "edge-1", "--config", one, two);
      assert.equal(code, 0);
      assert.match(out, /web: edge-2 is master after 3\.6\d\ds; nobody had the addresses for 3\.6\d\ds/);
      const same = await command("simulate", "--config", one, one);
      assert.deepEqual([same.code, /is of node edge-1, as .*1\.json is/.test(same.error)], [1, true]);
      const unknown = await command("simulate", "--drain", "edge-3", "--config", one, two);
      assert.match(unknown.error, /"edge-3" is no node of this group: write one of edge-1, edge-2/);
    });
  });

  it("replay: ends with 1 when the file is no recording", async () => {
    const path = join(directory, "recording.jsonl");
    writeFileSync(path, "{}\n");
    const { code, error } = await command("replay", path);
    assert.deepEqual([code, /cannot be replayed:\n {2}line 1 is not the beginning/.test(error)], [1, true]);
  });
});
