import assert from "node:assert/strict";
import type { FilterRule, PortPlan } from "../../lab/host/region.ts";
import { edgeRegion, FLOATING_IP, nodeAddress, nodeMac, nodePort, PING, tcp, VIP, VRRP } from "./edgeRegion.ts";
import { answersPing, call, type LabHost, openLabHost, until, untilSetUp } from "./labHost.ts";
import { connectsTo, hears, startTalk } from "./wire.ts";

const NODE_1 = { node: 1, address: nodeAddress(1) };
const NODE_2 = { node: 2, address: nodeAddress(2) };

describe("port security and security groups", () => {
  let lab: LabHost;

  const converge = (...ports: readonly PortPlan[]): Promise<void> => lab.hypervisor.converge(edgeRegion(ports));
  const bothAllow = (rules: readonly FilterRule[], pairs?: readonly string[]): Promise<void> =>
    converge(nodePort(1, rules, pairs), nodePort(2, rules, pairs));

  /** Whether node 2 gets an answer from an address. */
  const reaches = async (address: string): Promise<boolean> =>
    (await lab.shell(2, `ping -q -c 3 -i 0.2 -W 1 ${address}`)).stdout.includes(" 0% packet loss");

  before(async () => {
    lab = await openLabHost("vipf-filter");
    await bothAllow([PING, tcp(80)]);
    await untilSetUp(lab, 1, 2);
    await lab.shell(1, `ip addr add ${VIP}/32 dev eth0`);
  });
  after(() => lab.remove());

  describe("of the VIP", () => {
    const forget = (): Promise<unknown> => lab.shell(2, "ip neigh flush all");
    const announce = (): Promise<unknown> => lab.shell(1, `arping -U -c 1 -I eth0 ${VIP}`);

    it("let it through with the allowed pair", async () => {
      await bothAllow([PING, tcp(80)]);
      await forget();
      await announce();
      assert.equal(await reaches(VIP), true);
      assert.equal(await until("the VIP", () => call(lab, FLOATING_IP)), "edge-1");
    });

    it("stop its ARP without the pair, and its IP even where the ARP is known", async () => {
      await bothAllow([PING, tcp(80)], []);
      await forget();
      assert.equal(await reaches(VIP), false);
      assert.match((await lab.shell(2, `ip neigh show ${VIP}`)).stdout, /FAILED|INCOMPLETE/);
      await lab.shell(2, `ip neigh replace ${VIP} lladdr ${nodeMac(1)} dev eth0`);
      assert.equal(await reaches(VIP), false);
      assert.equal(await reaches(nodeAddress(1)), true, "its own address goes on working");
      await lab.shell(2, `ip neigh del ${VIP} dev eth0`);
    });

    it("let nobody take it with a MAC that is not the pair's", async () => {
      await bothAllow([PING, tcp(80)]);
      await forget();
      assert.equal(await reaches(VIP), true, "node 2 knows the true holder");
      const forge = "ip link add forged link eth0 address fa:16:3e:66:66:66 type macvlan mode bridge";
      await lab.shell(1, `${forge} && ip link set forged up`);
      const sent = await lab.shell(1, `arping -U -c 3 -w 2 -I forged ${VIP}`);
      await lab.shell(1, "ip link del forged");
      assert.match(sent.stdout, /Sent [1-9]/);
      assert.match((await lab.shell(2, `ip neigh show ${VIP}`)).stdout, new RegExp(nodeMac(1)));
    });
  });

  describe("of protocol 112", () => {
    it("let it in with its rule, to all and to one", async () => {
      await bothAllow([PING, VRRP]);
      const { unicast, multicast } = await hears(lab, NODE_1, NODE_2);
      assert.ok(unicast >= 4 && multicast >= 4, `heard ${unicast} and ${multicast}`);
    });

    it("let none in without it", async () => {
      await bothAllow([PING]);
      assert.deepEqual(await hears(lab, NODE_1, NODE_2), { unicast: 0, multicast: 0 });
    });

    it("let it in from the rule's networks alone", async () => {
      const fromElsewhere = { ...VRRP, remote: ["10.25.0.128/25"] };
      await bothAllow([PING, fromElsewhere]);
      assert.deepEqual(await hears(lab, NODE_1, NODE_2), { unicast: 0, multicast: 0 });
      await bothAllow([PING, { ...VRRP, remote: [`${nodeAddress(1)}/32`] }]);
      // This way first: once node 1 has spoken to it, node 2's packets are answers.
      assert.deepEqual(await hears(lab, NODE_2, NODE_1), { unicast: 0, multicast: 0 });
      assert.ok((await hears(lab, NODE_1, NODE_2)).unicast >= 4);
    });

    it("let none in any more when the rule goes while packets flow both ways", async () => {
      await bothAllow([PING, VRRP]);
      assert.ok((await hears(lab, NODE_1, NODE_2)).unicast >= 4);
      assert.ok((await hears(lab, NODE_2, NODE_1)).unicast >= 4);
      await bothAllow([PING]);
      assert.deepEqual(await hears(lab, NODE_1, NODE_2), { unicast: 0, multicast: 0 });
    });

    it("let an answer in to what a server sent itself, though it got nowhere: by unicast alone", async () => {
      await bothAllow([PING, VRRP]);
      await bothAllow([PING]);
      assert.deepEqual(await hears(lab, NODE_1, NODE_2), { unicast: 0, multicast: 0 });
      const { unicast, multicast } = await hears(lab, NODE_2, NODE_1);
      assert.ok(unicast >= 4, `heard ${unicast}`);
      assert.equal(multicast, 0);
    });
  });

  describe("of connections", () => {
    const port = 4112;

    it("let one that both ends use outlive its rule, and no other begin", async () => {
      await bothAllow([PING, tcp(port)]);
      const talk = startTalk(lab, NODE_1, NODE_2, port);
      await until("both ends talk", async () => (await talk.heard()) > 20);
      await bothAllow([PING]);
      const before = await talk.heard();
      await until("they go on", async () => (await talk.heard()) > before + 40);
      await assert.rejects(connectsTo(lab, NODE_1, NODE_2, port), /timed out/);
      await talk.end();
    });
  });

  describe("of everything else", () => {
    it("take every kind of rule and pair there is", async () => {
      const all = ["0.0.0.0/0", "::/0"];
      const rules = ([4, 6] as const).flatMap((family) =>
        (["ingress", "egress"] as const).flatMap((direction): readonly FilterRule[] => [
          { direction, family, remote: all.slice(family === 4 ? 0 : 1, family === 4 ? 1 : 2) },
          { direction, family, remote: family === 4 ? ["192.0.2.0/24", "192.0.2.7"] : ["2001:db8::/32"] },
          { direction, family, protocol: family === 4 ? 1 : 58, ports: { min: 128, max: 15 } },
          ...[6, 17, 33, 132, 136].map((protocol) => ({ direction, family, protocol, ports: { min: 1, max: 65535 } })),
          ...[0, 1, 51, 58, 112, 255].map((protocol) => ({ direction, family, protocol })),
        ]),
      );
      const pairs = [...all, "10.25.0.0/24", "2001:db8::/64"].map((cidr) => ({ cidr, mac: "00:00:5e:00:01:0a" }));
      const port = nodePort(3, rules);
      assert.ok(port.security);
      const allowedPairs = [...port.security.allowedPairs, ...pairs];
      await converge(nodePort(1, [PING]), nodePort(2, [PING]), {
        ...port,
        security: { ...port.security, allowedPairs },
      });
      assert.equal(await reaches(nodeAddress(1)), true);
    });

    it("let nothing in without a rule, but the answers to what a server asked", async () => {
      await converge(nodePort(1, [PING, tcp(80)]), nodePort(2, []));
      assert.equal(await answersPing(lab, "203.0.113.12"), false);
      assert.equal(await call(lab, "203.0.113.12"), undefined);
      assert.equal(await reaches(nodeAddress(1)), true);
      assert.equal((await lab.shell(2, `curl -s --max-time 5 http://${nodeAddress(1)}/`)).stdout, "edge-1\n");
    });

    it("let one port in and not its neighbour", async () => {
      await bothAllow([tcp(80)]);
      assert.equal(await call(lab, "203.0.113.11"), "edge-1");
      const ssh = await lab.shell(2, `curl -s --connect-timeout 1 telnet://${nodeAddress(1)}:22 </dev/null; echo $?`);
      assert.equal(ssh.stdout.trim(), "28", "curl's exit code for a deadline");
    });

    it("let only out what an egress rule allows", async () => {
      const silent = nodePort(2, [PING]);
      assert.ok(silent.security);
      const rules = silent.security.rules.filter(({ direction }) => direction === "ingress");
      await converge(nodePort(1, [PING]), { ...silent, security: { ...silent.security, rules } });
      assert.equal(await reaches(nodeAddress(1)), false);
      assert.equal(await answersPing(lab, "203.0.113.12"), true, "answers are no new connections");
    });

    it("let anything through a port without port security", async () => {
      const { security, ...open } = nodePort(1, []);
      assert.ok(security);
      await converge(open, nodePort(2, [PING], []));
      await lab.shell(2, "ip neigh flush all");
      assert.equal(await reaches(VIP), true);
      assert.equal(await reaches(nodeAddress(1)), true);
    });
  });
});
