import assert from "node:assert/strict";
import type { RouterPlan } from "../../lab/host/region.ts";
import {
  edgeRegion,
  FLOATING_IP,
  nodeAddress,
  nodePort,
  nodeServer,
  PING,
  PRIVATE,
  ROUTER,
  tcp,
  VIP,
} from "./edgeRegion.ts";
import { answersPing, call, type LabHost, openLabHost, until, untilSetUp } from "./labHost.ts";

const RULES = [PING, tcp(80)];
const PORTS = [nodePort(1, RULES), nodePort(2, RULES), nodePort(3, RULES)];

describe("a router", () => {
  let lab: LabHost;
  before(async () => {
    lab = await openLabHost("vipf-routing");
    await lab.hypervisor.converge(edgeRegion(PORTS));
    await untilSetUp(lab, 1, 2);
  });
  after(() => lab.remove());

  const take = (node: number): Promise<unknown> => lab.shell(node, `ip addr replace ${VIP}/32 dev eth0`);
  const giveUp = (node: number): Promise<unknown> => lab.shell(node, `ip addr del ${VIP}/32 dev eth0`);
  const announce = (node: number): Promise<unknown> => lab.shell(node, `arping -U -c 1 -I eth0 ${VIP}`);

  it("leads a floating IP to whoever announced the VIP last", async () => {
    await take(1);
    await announce(1);
    assert.equal(await until("the VIP on edge-1", () => call(lab, FLOATING_IP)), "edge-1");
    await giveUp(1);
    await take(2);
    assert.equal(await call(lab, FLOATING_IP), undefined, "the router has not heard of the move yet");
    await announce(2);
    assert.equal(await until("the VIP on edge-2", () => call(lab, FLOATING_IP)), "edge-2");
    await giveUp(2);
  });

  it("lends servers the outside address of their own floating IP, or else its own", async () => {
    const seen = async (node: number): Promise<string> => {
      const listener = lab.hypervisor.client.spawn(
        [
          process.execPath,
          "-e",
          `require("node:net").createServer((one) => { console.log(one.remoteAddress); process.exit(); })
             .listen(7001, () => console.log("ready"))`,
        ],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      let said = "";
      listener.stdout?.on("data", (text: Buffer) => {
        said += text.toString();
      });
      await until("the listener", () => Promise.resolve(said.includes("ready")));
      await lab.shell(node, "curl -s --max-time 5 telnet://203.0.113.2:7001 </dev/null");
      await until("a caller", () => Promise.resolve(/\d\n/.test(said)));
      return said.replace("ready", "").replace("::ffff:", "").trim();
    };
    assert.equal(await seen(1), "203.0.113.11");
    const shared = { ...edgeRegion(PORTS), routers: [{ ...ROUTER, floatingIps: ROUTER.floatingIps.slice(1) }] };
    await lab.hypervisor.converge(shared);
    assert.equal(await seen(1), "203.0.113.100");
    await lab.hypervisor.converge(edgeRegion(PORTS));
  });

  it("answers a server that calls a floating IP of the same router", async () => {
    assert.equal((await lab.shell(1, "curl -s --max-time 5 http://203.0.113.12/")).stdout, "edge-2\n");
  });

  it("moves a floating IP at once, also for a caller that keeps its port", async () => {
    const swapped = ROUTER.floatingIps.map(({ floating, fixed }) =>
      floating === "203.0.113.11" ? { floating, fixed: nodeAddress(2) } : { floating, fixed },
    );
    const withoutSecond = swapped.filter(({ floating }) => floating !== "203.0.113.12");
    // One ping process keeps its identifier, so that its packets belong to one connection.
    const ping = lab.hypervisor.client.spawn(["ping", "-n", "-i", "0.05", "203.0.113.11"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let answers = 0;
    ping.stdout?.on("data", (text: Buffer) => {
      answers += text.toString().split("bytes from").length - 1;
    });
    const moreAnswers = async (): Promise<void> => {
      const so = answers;
      await until("more answers", () => Promise.resolve(answers > so + 3));
    };
    /** Echo requests a node got: InEchos of proc_net_snmp(5). */
    const count = async (node: number): Promise<number> =>
      Number((await lab.shell(node, "awk '/^Icmp: [0-9]/ {print $10}' /proc/net/snmp")).stdout);
    await moreAnswers();
    await lab.hypervisor.converge({ ...edgeRegion(PORTS), routers: [{ ...ROUTER, floatingIps: withoutSecond }] });
    const before = await count(2);
    await moreAnswers();
    ping.kill();
    assert.ok((await count(2)) > before, "the other server answers the same caller");
    await lab.hypervisor.converge({ ...edgeRegion(PORTS), routers: [{ ...ROUTER, floatingIps: [] }] });
    assert.equal(await answersPing(lab, "203.0.113.11"), false);
    assert.equal(await answersPing(lab, "203.0.113.100"), true, "the router itself answers");
    await lab.hypervisor.converge(edgeRegion(PORTS));
    assert.equal(await answersPing(lab, "203.0.113.11"), true);
  });

  it("announces a floating IP that another router had, so that callers follow at once", async () => {
    const [inside] = ROUTER.interfaces;
    assert.ok(inside && ROUTER.external);
    const second = {
      id: "40047e41-0000-4000-8000-000000000001",
      external: { ...ROUTER.external, address: "203.0.113.101", mac: "fa:16:3e:00:02:01" },
      interfaces: [
        { ...inside, portId: "40047e41-1000-4000-8000-000000000001", address: "10.25.0.2", mac: "fa:16:3e:00:02:02" },
      ],
      floatingIps: [],
    };
    const both = (
      first: RouterPlan["floatingIps"],
      other: RouterPlan["floatingIps"],
    ): ReturnType<typeof edgeRegion> => ({
      ...edgeRegion(PORTS),
      routers: [
        { ...ROUTER, floatingIps: first },
        { ...second, floatingIps: other },
      ],
    });
    const neighbour = async (): Promise<string> =>
      (await lab.hypervisor.client.run(["ip", "neigh", "show", "203.0.113.11"])).stdout;
    await lab.hypervisor.converge(both(ROUTER.floatingIps, []));
    assert.equal(await answersPing(lab, "203.0.113.11"), true);
    assert.match(await neighbour(), /fa:16:3e:00:01:01/);
    await lab.hypervisor.converge(both([], ROUTER.floatingIps));
    await until("the announcement", async () => (await neighbour()).includes(second.external.mac));
    await lab.hypervisor.converge(edgeRegion(PORTS));
    await until("the way back", async () => (await neighbour()).includes("fa:16:3e:00:01:01"));
  });

  it("can leave a segment, which can go then, and come back", async () => {
    const { interfaces, ...outer } = ROUTER;
    assert.equal(interfaces.length, 1);
    const alone = { ...edgeRegion([], []), routers: [{ ...outer, interfaces: [], floatingIps: [] }] };
    await lab.hypervisor.converge({ ...alone, segments: alone.segments.filter(({ id }) => id !== PRIVATE.id) });
    assert.equal(await answersPing(lab, "203.0.113.100"), true);
    await lab.hypervisor.converge(edgeRegion(PORTS, [nodeServer(1)]));
    await until("the server behind the router", () => answersPing(lab, "203.0.113.11"));
  });
});
