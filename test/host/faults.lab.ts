import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerState } from "../../lab/host/region.ts";
import {
  CLIENT,
  edgeRegion,
  nodeAddress,
  nodeId,
  nodePort,
  nodePortId,
  nodeServer,
  PING,
  ROUTER,
  tcp,
} from "./edgeRegion.ts";
import { answersPing, call, type LabHost, openLabHost, until, untilSetUp } from "./labHost.ts";
import { monotonicMs, startStream } from "./wire.ts";

const RULES = [PING, tcp(80)];
const PORTS = [nodePort(1, RULES), nodePort(2, RULES), nodePort(3, RULES)];
/** Long enough for many packets of a stream that has not ended. */
const MANY_PACKETS_MS = 300;

describe("faults", () => {
  let lab: LabHost;
  const states = new Map<string, ServerState["kind"][]>();
  const statesOf = (node: number): readonly ServerState["kind"][] => states.get(nodeId(node)) ?? [];
  const region = (node1: Partial<ReturnType<typeof nodeServer>> = {}): ReturnType<typeof edgeRegion> =>
    edgeRegion(PORTS, [{ ...nodeServer(1), ...node1 }, nodeServer(2)]);

  before(async () => {
    lab = await openLabHost("vipf-faults");
    lab.hypervisor.onServerState((id, { kind }) => states.set(id, [...(states.get(id) ?? []), kind]));
    await lab.hypervisor.converge(region());
    await untilSetUp(lab, 1, 2);
  });
  beforeEach(() => {
    states.clear();
  });
  after(() => lab.remove());

  it("cut a server's power so that nothing it sends from then on is heard", async () => {
    const stream = await startStream(lab, 1, CLIENT.address);
    await lab.hypervisor.powerCut(nodeId(1));
    const cutMs = monotonicMs();
    await sleep(MANY_PACKETS_MS);
    stream.stop();
    assert.ok(stream.newestMs() <= cutMs, `heard what was sent ${stream.newestMs() - cutMs} ms after the cut`);
    assert.deepEqual(statesOf(1), ["shutoff"]);
    await assert.rejects(lab.shell(1, "true"), /server edge-1 is off/);
    await lab.hypervisor.powerCut(nodeId(1));
    assert.deepEqual(statesOf(1), ["shutoff"], "it cannot go off twice");
  });

  it("leave a server's disk as it was, and nothing else", async () => {
    await lab.hypervisor.converge(region());
    assert.deepEqual(statesOf(1), ["building", "active"]);
    await untilSetUp(lab, 1);
    await lab.shell(1, "echo kept > /var/lib/note; ip addr add 10.25.0.10/32 dev eth0");
    await lab.hypervisor.powerCut(nodeId(1));
    await lab.hypervisor.converge(region());
    assert.equal((await lab.shell(1, "cat /var/lib/note")).stdout, "kept\n");
    assert.equal((await lab.shell(1, "ip -4 -brief addr show eth0")).stdout.includes("10.25.0.10/"), false);
  });

  it("black out a port in silence: the carrier stays", async () => {
    const stream = await startStream(lab, 2, CLIENT.address);
    await lab.hypervisor.setPortCondition(nodePortId(2), "blackhole");
    const cutMs = monotonicMs();
    await sleep(MANY_PACKETS_MS);
    assert.ok(stream.newestMs() <= cutMs, `heard what was sent ${stream.newestMs() - cutMs} ms after it`);
    assert.equal((await lab.shell(2, "cat /sys/class/net/eth0/carrier")).stdout, "1\n");
    assert.equal((await lab.shell(2, `ping -q -c 1 -W 1 ${nodeAddress(1)}`)).stdout.includes("100% packet loss"), true);
    await lab.hypervisor.setPortCondition(nodePortId(2), "up");
    await until("the stream again", () => Promise.resolve(stream.newestMs() > cutMs));
    stream.stop();
  });

  it("take a port's carrier away, also across a restart", async () => {
    await lab.hypervisor.setPortCondition(nodePortId(2), "carrier-down");
    assert.equal((await lab.shell(2, "cat /sys/class/net/eth0/carrier")).stdout, "0\n");
    assert.equal(await answersPing(lab, "203.0.113.12"), false);
    await lab.hypervisor.reboot(nodeId(2), "hard");
    assert.equal((await lab.shell(2, "cat /sys/class/net/eth0/carrier")).stdout, "0\n");
    await lab.hypervisor.setPortCondition(nodePortId(2), "up");
    assert.equal((await lab.shell(2, "cat /sys/class/net/eth0/carrier")).stdout, "1\n");
    await until("the port", () => answersPing(lab, "203.0.113.12"));
  });

  for (const how of ["soft", "hard"] as const) {
    it(`reboot a server, the ${how} way`, async () => {
      const bootId = async (): Promise<string> => (await lab.shell(2, "cat /proc/sys/kernel/random/boot_id")).stdout;
      const before = await bootId();
      await lab.hypervisor.reboot(nodeId(2), how);
      assert.notEqual(await bootId(), before);
      assert.deepEqual(statesOf(2), ["active"]);
      await until("its web server", () => call(lab, "203.0.113.12"));
    });
  }

  it("see a server that reboots or powers off by its own will", async () => {
    await lab.shell(2, "systemctl --no-block reboot");
    await until("the reboot", () => Promise.resolve(statesOf(2).join() === "active"));
    await until("systemd", async () => (await lab.shell(2, "systemctl --no-block poweroff")).status === 0);
    await until("the end", () => Promise.resolve(statesOf(2).join() === "active,shutoff"));
    await lab.hypervisor.reboot(nodeId(2), "soft");
    assert.deepEqual(statesOf(2), ["active", "shutoff", "active"]);
  });

  it("stop a server softly when its plan says off, and start it again", async () => {
    const witness = "systemd-run --unit=witness --property=ExecStop='touch /var/lib/stopped' sleep infinity";
    await lab.shell(1, witness);
    await lab.hypervisor.converge(region({ power: "off" }));
    assert.deepEqual(statesOf(1), ["shutoff"]);
    await lab.hypervisor.converge(region());
    assert.deepEqual(statesOf(1), ["shutoff", "building", "active"]);
    assert.equal((await lab.shell(1, "test -e /var/lib/stopped")).status, 0, "its services were stopped in order");
  });

  it("give a rebuilt server a fresh disk", async () => {
    await lab.shell(1, "echo old > /var/lib/note");
    await lab.hypervisor.converge(region({ generation: 2 }));
    assert.deepEqual(statesOf(1), ["building", "active"]);
    assert.equal((await lab.shell(1, "cat /var/lib/note")).status, 1);
  });

  it("plug and unplug a card while a server runs", async () => {
    await lab.hypervisor.converge(region({ generation: 2, portIds: [nodePortId(1), nodePortId(3)] }));
    const cards = async (): Promise<string> => (await lab.shell(1, "ip -4 -brief addr show")).stdout;
    assert.match(await cards(), /^eth1@\S+ +UP +10\.25\.0\.13\/24/m);
    await lab.hypervisor.converge(region({ generation: 2 }));
    assert.equal((await cards()).includes("eth1"), false);
    assert.deepEqual(statesOf(1), []);
  });

  it("follow a port's new address and its administrative state", async () => {
    const [first, ...others] = PORTS;
    assert.ok(first?.security);
    await lab.shell(1, "ip addr add 10.25.0.10/32 dev eth0");
    const moved = {
      ...first,
      addresses: [{ address: "10.25.0.21", prefixLength: 24, gateway: "10.25.0.1" }],
      security: { ...first.security, allowedPairs: [{ cidr: "10.25.0.21/32", mac: first.mac }] },
    };
    await lab.hypervisor.converge({ ...region({ generation: 2 }), ports: [moved, ...others] });
    const addresses = (await lab.shell(1, "ip -4 -brief addr show eth0")).stdout;
    assert.match(addresses, /10\.25\.0\.21\/24/);
    assert.match(addresses, /10\.25\.0\.10\/32/, "what the server added itself stays");
    assert.equal(addresses.includes(nodeAddress(1)), false);
    assert.match((await lab.shell(1, "ping -q -c 1 -W 2 203.0.113.2")).stdout, / 0% packet loss/);
    await lab.hypervisor.converge({ ...region({ generation: 2 }), ports: [{ ...moved, adminUp: false }, ...others] });
    assert.equal((await lab.shell(1, "cat /sys/class/net/eth0/carrier")).stdout, "0\n");
  });

  it("make the newest plan when several come at once, and pass over those in between", async () => {
    const normal = region({ generation: 2 });
    await lab.hypervisor.converge(normal);
    const without = { ...normal, routers: [] };
    const plans = [without, region({ generation: 2, power: "off" }), normal];
    await Promise.all(plans.map((plan) => lab.hypervisor.converge(plan)));
    assert.deepEqual(statesOf(1), []);
    await until("the router", () => answersPing(lab, "203.0.113.100"));
  });

  it("say what could not be made, and make the rest", async () => {
    const nowhere = {
      id: "10570000-0000-4000-8000-000000000000",
      interfaces: ROUTER.interfaces.map((one) => ({ ...one, portId: "1057000a-0000-4000", segmentId: "nowhere" })),
      floatingIps: [],
    };
    const plan = { ...region({ generation: 2 }), routers: [nowhere, { ...ROUTER, floatingIps: [] }] };
    await assert.rejects(
      lab.hypervisor.converge(plan),
      /^Error: the region is not as planned: router 1057.* on segment nowhere/,
    );
    assert.equal(await answersPing(lab, "203.0.113.11"), false, "the other router has followed");
    await lab.hypervisor.converge(region({ generation: 2 }));
    await until("the floating IP", () => answersPing(lab, "203.0.113.11"));
  });

  it("destroy a server that is no longer planned, without a word", async () => {
    await lab.hypervisor.converge(edgeRegion(PORTS, [nodeServer(2)]));
    assert.deepEqual(statesOf(1), []);
    await assert.rejects(lab.shell(1, "true"), new RegExp(`no server ${nodeId(1)}`));
  });
});
