/** Servers with a card on the external segment beside the private one, and addresses that are routed to one of them. */
import assert from "node:assert/strict";
import { createServer, type Server as HttpServer } from "node:http";
import type { Server } from "node:net";
import { listenAtClient } from "../../lab/host/client/clientListener.ts";
import type { PortPlan, RegionPlan } from "../../lab/host/region.ts";
import {
  EGRESS,
  EXTERNAL,
  edgeRegion,
  nodeAddress,
  nodePort,
  nodePortId,
  nodeServer,
  PING,
  tcp,
} from "./edgeRegion.ts";
import { answersPing, call, type LabHost, logIn, OPERATOR, openLabHost, until, untilSetUp } from "./labHost.ts";

const ROUTED = "198.51.100.10";
const API_PORT = 15_999;
const publicAddress = (node: number): string => `203.0.113.10${node}`;
const publicMac = (node: number): string => `fa:16:3e:00:02:0${node}`;

/** The port of a node on the external segment, which may use the addresses that are routed to it besides. */
function publicPort(node: number, routed: readonly string[]): PortPlan {
  const mac = publicMac(node);
  return {
    id: `00f0001${node}-0000-4000-8000-000000000000`,
    segmentId: EXTERNAL.id,
    mac,
    addresses: [{ address: publicAddress(node), prefixLength: 24, gateway: "203.0.113.1" }],
    adminUp: true,
    security: {
      allowedPairs: [publicAddress(node), ...routed].map((address) => ({ cidr: `${address}/32`, mac })),
      rules: [...EGRESS, PING, tcp(22), tcp(80)],
    },
  };
}

/** Both nodes with two cards, the private one first, and the address routed to one of them or to nobody. */
function region(holder: number | undefined): RegionPlan {
  const ports = [1, 2].flatMap((node) => [
    nodePort(node, [PING, tcp(80)]),
    publicPort(node, node === holder ? [ROUTED] : []),
  ]);
  const servers = [1, 2].map((node) => ({
    ...nodeServer(node, { publicKey: OPERATOR.public }),
    portIds: [nodePortId(node), publicPort(node, []).id],
  }));
  const routes = holder === undefined ? [] : [{ destination: `${ROUTED}/32`, via: publicAddress(holder) }];
  return { ...edgeRegion(ports, servers), routes };
}

describe("servers in public mode", () => {
  let lab: LabHost;
  before(async () => {
    lab = await openLabHost("vipf-public");
    await lab.hypervisor.converge(region(undefined));
    await untilSetUp(lab, 1, 2);
    for (const node of [1, 2]) await lab.shell(node, `ip addr add ${ROUTED}/32 dev eth1`);
  });
  after(() => lab.remove());

  it("have both addresses, and their way out on the external segment", async () => {
    const { stdout } = await lab.shell(1, "ip -brief address; ip route show default");
    for (const part of [`${nodeAddress(1)}/24`, `${publicAddress(1)}/24`]) assert.ok(stdout.includes(part), stdout);
    assert.match(stdout, /default via 203\.0\.113\.1 dev eth1 metric 51/);
    assert.match((await lab.shell(1, "ip route get 192.0.2.1")).stdout, /dev eth1 src 203\.0\.113\.101/);
  });

  it("answer on both, and let the operator in on the external one", async () => {
    assert.equal(await answersPing(lab, publicAddress(1)), true);
    const session = await until("SSH", () => logIn(lab, publicAddress(2)).catch(() => undefined));
    session.client.end();
    assert.equal((await lab.shell(1, `curl -s --max-time 5 http://${nodeAddress(2)}/`)).stdout, "edge-2\n");
  });

  it("answer on an address only while it is routed to them, although both have it", async () => {
    assert.equal(await call(lab, ROUTED), undefined);
    await lab.hypervisor.converge(region(1));
    assert.equal(await until("the address on edge-1", () => call(lab, ROUTED)), "edge-1");
    await lab.hypervisor.converge(region(2));
    assert.equal(await until("the address on edge-2", () => call(lab, ROUTED)), "edge-2");
    await lab.hypervisor.converge(region(undefined));
    assert.equal(await call(lab, ROUTED), undefined);
  });

  it("may use it as a source only then", async () => {
    const says = async (node: number): Promise<boolean> =>
      (await lab.shell(node, `ping -q -c 3 -i 0.2 -W 1 -I ${ROUTED} 203.0.113.2`)).stdout.includes(" 0% packet loss");
    await lab.hypervisor.converge(region(1));
    assert.equal(await says(1), true);
    assert.equal(await says(2), false);
    // Even towards the one whom the address leads to, who would answer it.
    const seen = await lab.shell(2, `ping -q -c 2 -i 0.2 -W 1 -I ${ROUTED} ${publicAddress(1)}`);
    assert.match(seen.stdout, /100% packet loss/);
  });

  it("lose it at once when their power is cut, and it moves all the same", async () => {
    await lab.hypervisor.converge(region(1));
    await until("the address on edge-1", () => call(lab, ROUTED));
    await lab.hypervisor.powerCut(nodeServer(1).id);
    assert.equal(await call(lab, ROUTED), undefined);
    const off = region(2);
    const servers = off.servers.map((server, index) => (index === 0 ? { ...server, power: "off" as const } : server));
    await lab.hypervisor.converge({ ...off, servers });
    assert.equal(await until("the address on edge-2", () => call(lab, ROUTED)), "edge-2");
  });
});

describe("a program of the host that listens on the client host", () => {
  let lab: LabHost;
  let doorway: Server;
  let program: HttpServer;
  before(async () => {
    lab = await openLabHost("vipf-doorway");
    await lab.hypervisor.converge(region(undefined));
    await untilSetUp(lab, 1, 2);
    program = createServer((request, response) => response.end(request.socket.remoteAddress));
    doorway = await listenAtClient(lab.hypervisor.client, API_PORT);
    doorway.on("connection", (socket) => program.emit("connection", socket));
  });
  after(async () => {
    doorway.close();
    program.closeAllConnections();
    await lab.remove();
  });

  it("is reached by servers, and sees which one calls", async () => {
    for (const node of [1, 2]) {
      const { stdout } = await lab.shell(node, `curl -s --max-time 5 http://203.0.113.2:${API_PORT}/`);
      assert.equal(stdout, publicAddress(node));
    }
  });

  it("says why it cannot", async () => {
    await assert.rejects(
      listenAtClient(lab.hypervisor.client, API_PORT),
      /port 15999 of the client host cannot be listened on: .*EADDRINUSE/,
    );
  });

  it("is gone when the socket is closed", async () => {
    doorway.close();
    const { status } = await lab.shell(1, `curl -s --max-time 5 http://203.0.113.2:${API_PORT}/`);
    assert.equal(status, 7, "connection refused");
  });
});
