/** Servers of a real OpenStack: Nova's API above, machines of this host below, Neutron's filters between them. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hostNames, tapName } from "../../lab/host/names.ts";
import { inNamespace } from "../../lab/host/namespace.ts";
import { REGION } from "../../lab/settings/settings.ts";
import { runCommand } from "../../toolchain/command.ts";
import { listAt, textAt } from "../cloud/cloudCaller.ts";
import { execute, leftovers, logIn, OPERATOR, until } from "../host/labHost.ts";
import { hearsFrom } from "../host/wire.ts";
import { openRealCloud, type RealCloud } from "./realCloud.ts";

const NAME = "vipf-servers";
const VIP = "10.25.0.10";
const USER_DATA = "#cloud-config\nruncmd: [touch /root/first-boot]\n";

interface Edge {
  readonly serverId: string;
  readonly portId: string;
  readonly address: string;
  readonly mac: string;
}

describe("servers of a real OpenStack", () => {
  let cloud: RealCloud;
  let segment: Awaited<ReturnType<RealCloud["api"]["madeSegment"]>>;
  let groupId: string;
  let rivals: string;
  const edges: Edge[] = [];
  const edge = (number: number): Edge => {
    const found = edges[number - 1];
    assert.ok(found !== undefined, `there is no server ${number}`);
    return found;
  };

  const become = (number: number, status: string): Promise<void> =>
    cloud.api.serverBecomes(edge(number).serverId, status);
  const act = (number: number, action: Record<string, unknown>): Promise<unknown> =>
    cloud.api.act(edge(number).serverId, action);
  const shell = (number: number, command: string): Promise<string> => cloud.shell(edge(number).serverId, command);
  const reaches = async (from: number, address: string): Promise<boolean> =>
    (await shell(from, `ping -q -c 3 -i 0.2 -W 1 ${address}`)).includes(" 0% packet loss");
  const allow = async (attributes: Record<string, unknown>): Promise<string> =>
    cloud.api.made("security-group-rules", "security_group_rule", {
      ...{ security_group_id: groupId, direction: "ingress", ethertype: "IPv4" },
      ...attributes,
    });
  /** The compute host whose bridges have a port's tap. */
  const hostOf = async (portId: string): Promise<number | undefined> => {
    for (const number of [1, 2]) {
      const links = await runCommand(["ip", "-n", hostNames(NAME).computeHost(number), "-brief", "link"]);
      if (links.stdout.includes(tapName(portId))) return number;
    }
    return undefined;
  };

  async function makeEdge(number: number): Promise<Edge> {
    const address = `10.25.0.1${number}`;
    const portId = await cloud.api.made("ports", "port", {
      ...{ network_id: segment.networkId, security_groups: [groupId] },
      fixed_ips: [{ subnet_id: segment.subnetId, ip_address: address }],
    });
    const mac = textAt(await cloud.api.shown("ports", "port", portId), "mac_address");
    const user_data = Buffer.from(USER_DATA).toString("base64");
    const server = { name: `edge-${number}`, networks: [{ port: portId }], key_name: "operator", user_data };
    return { portId, address, mac, serverId: await cloud.api.madeServer(server, { group: rivals }) };
  }

  before(async function () {
    this.timeout(900_000);
    cloud = await openRealCloud(NAME);
    segment = await cloud.api.madeSegment();
    groupId = await cloud.api.made("security-groups", "security_group", { name: "edge" });
    await allow({ protocol: "icmp" });
    await allow({ protocol: "tcp", port_range_min: 22, port_range_max: 22 });
    await cloud.api.done("POST", "/compute/v2.1/os-keypairs", {
      keypair: { name: "operator", public_key: OPERATOR.public },
    });
    const policies = { name: "rivals", policies: ["anti-affinity"] };
    rivals = textAt(
      await cloud.api.done("POST", "/compute/v2.1/os-server-groups", { server_group: policies }),
      ...["server_group", "id"],
    );
    edges.push(await makeEdge(1), await makeEdge(2));
  });
  after(async () => {
    await cloud.close();
    assert.deepEqual(await leftovers(NAME), []);
  });

  it("are active once Neutron filters their ports, one on each host; there is no room for a third rival", async () => {
    await Promise.all([become(1, "ACTIVE"), become(2, "ACTIVE")]);
    for (const { portId } of edges) {
      assert.equal(textAt(await cloud.api.shown("ports", "port", portId), "status"), "ACTIVE");
      const host = await hostOf(portId);
      assert.ok(host !== undefined, "no host has the tap");
      const rules = await runCommand(inNamespace(hostNames(NAME).computeHost(host), ["iptables", "-S"]));
      assert.match(rules.stdout, new RegExp(`--physdev-in ${tapName(portId)}`));
    }
    assert.deepEqual(new Set(await Promise.all(edges.map(({ portId }) => hostOf(portId)))), new Set([1, 2]));
    const third = await makeEdge(3);
    await cloud.api.serverBecomes(third.serverId, "ERROR");
    await cloud.api.done("DELETE", `/compute/v2.1/servers/${third.serverId}`);
    await cloud.api.serverBecomes(third.serverId, "gone");
  });

  it("have what their config drive says, and let the bearer of the key in over the bastion", async () => {
    await Promise.all([1, 2].map((number) => shell(number, "cloud-init status --wait")));
    assert.equal(await shell(1, "hostname; ls /root/first-boot"), "edge-1\n/root/first-boot");
    const floating = await cloud.api.made("floatingips", "floatingip", {
      ...{ floating_network_id: segment.externalId, port_id: edge(1).portId },
    });
    const address = textAt(await cloud.api.shown("floatingips", "floatingip", floating), "floating_ip_address");
    const session = await until("SSH", () => logIn(cloud, address).catch(() => undefined));
    assert.equal((await execute(session, "hostname; sudo -n id -un")).trim(), "edge-1\nroot");
    session.client.end();
  });

  it("print on a console that the API shows", async () => {
    const output = textAt(await act(1, { "os-getConsoleOutput": {} }), "output");
    assert.match(output, /Cloud-init v\. .* finished/);
  });

  it("send as themselves alone, and as a VIP with an allowed pair", async () => {
    assert.equal(await reaches(2, edge(1).address), true, "from host to host");
    await shell(1, `ip addr add ${VIP}/32 dev eth0`);
    assert.equal(await reaches(2, VIP), false, "no pair allows the VIP");
    await shell(2, `ip neigh replace ${VIP} lladdr ${edge(1).mac} dev eth0`);
    assert.equal(await reaches(2, VIP), false, "nor where the ARP is known");
    await cloud.api.put("ports", "port", edge(1).portId, { allowed_address_pairs: [{ ip_address: VIP }] });
    await until("the pair is in force", () => reaches(2, VIP));
    await shell(2, `ip neigh del ${VIP} dev eth0`);
    assert.equal(await reaches(2, VIP), true);
  });

  it("hear protocol 112 with a rule for it alone", async () => {
    const heard = () => hearsFrom(cloud.hypervisor, edge(1), edge(2));
    assert.deepEqual(await heard(), { unicast: 0, multicast: 0 });
    await allow({ protocol: "112", remote_ip_prefix: "10.25.0.0/24" });
    await until("the rule is in force", async () => (await heard()).multicast >= 4);
    assert.ok((await heard()).unicast >= 4);
  });

  it("keep a fault of their cable, whatever Neutron's agent does to the port", async () => {
    const { portId } = edge(1);
    const carrier = (): Promise<string> => shell(1, "cat /sys/class/net/eth0/carrier");
    await cloud.hypervisor.setPortCondition(portId, "carrier-down");
    assert.equal(await carrier(), "0");
    const pairs = [VIP, "10.25.0.77"].map((ip_address) => ({ ip_address }));
    await cloud.api.put("ports", "port", portId, { allowed_address_pairs: pairs });
    const namespace = hostNames(NAME).computeHost((await hostOf(portId)) ?? 0);
    const filters = async (): Promise<string> =>
      (await runCommand(inNamespace(namespace, ["nft", "list", "ruleset"]))).stdout;
    await until("the agent has taken up the port", async () => (await filters()).includes("10.25.0.77"));
    await until("the cable is pulled", async () => (await carrier()) === "0");
    assert.equal(await reaches(2, edge(1).address), false);
    await cloud.hypervisor.setPortCondition(portId, "blackhole");
    assert.equal(await carrier(), "1");
    assert.equal(await reaches(2, edge(1).address), false);
    await cloud.hypervisor.setPortCondition(portId, "up");
    await until("the cable is whole", () => reaches(2, edge(1).address));
  });

  it("stop and start on their disk", async () => {
    await shell(1, "echo kept > /root/note; sync");
    await act(1, { "os-stop": null });
    await become(1, "SHUTOFF");
    await act(1, { "os-start": null });
    await become(1, "ACTIVE");
    assert.equal(await shell(1, "cat /root/note"), "kept");
    await until("the network", () => reaches(2, edge(1).address));
  });

  for (const type of ["SOFT", "HARD"]) {
    it(`reboot (${type.toLowerCase()})`, async () => {
      const bootId = "cat /proc/sys/kernel/random/boot_id; stat -c %Y /run/systemd/private";
      const before = await shell(1, bootId);
      await act(1, { reboot: { type } });
      await become(1, type === "SOFT" ? "REBOOT" : "HARD_REBOOT");
      await become(1, "ACTIVE");
      assert.notEqual(await shell(1, bootId), before);
      assert.equal(await shell(1, "cat /root/note"), "kept");
      await until("the network", () => reaches(2, edge(1).address));
    });
  }

  it("are shut off to Nova as soon as they have lost their power, or powered off by themselves", async () => {
    for (const end of [() => cloud.hypervisor.powerCut(edge(1).serverId), () => shell(1, "systemctl poweroff")]) {
      await end();
      const endedAtMs = performance.now();
      await become(1, "SHUTOFF");
      const seconds = (performance.now() - endedAtMs) / 1000;
      assert.ok(seconds < 10, `Nova heard of it after ${seconds.toFixed(1)} s`);
      await until("Nova is done", async () => {
        const { status } = await cloud.api.call("POST", `/compute/v2.1/servers/${edge(1).serverId}/action`, {
          "os-start": null,
        });
        return status === 202;
      });
      await become(1, "ACTIVE");
    }
  });

  it("take an interface while they run, and give it back", async () => {
    const path = `/compute/v2.1/servers/${edge(1).serverId}/os-interface`;
    const interfaceAttachment = { interfaceAttachment: { net_id: segment.networkId } };
    const portId = textAt(await cloud.api.done("POST", path, interfaceAttachment), "interfaceAttachment", "port_id");
    const address = textAt(await cloud.api.shown("ports", "port", portId), ...["fixed_ips", 0, "ip_address"]);
    await until("the card", async () => (await shell(1, "ip -brief addr show eth1")).includes(`${address}/24`));
    const isWired = async (): Promise<boolean> =>
      textAt(await cloud.api.shown("ports", "port", portId), "status") === "ACTIVE";
    await until("the port is active", isWired);
    await cloud.api.done("DELETE", `${path}/${portId}`);
    await until("the card is gone", async () => (await shell(1, "ls /sys/class/net")) === "eth0\nlo");
    await until("it is off the list", async () => {
      const listed = await cloud.api.done("GET", path);
      return listAt(listed, "interfaceAttachments").length === 1;
    });
  });

  it("are made anew from the image when they are rebuilt", async () => {
    await act(1, { rebuild: { imageRef: textAt(await cloud.api.server(edge(1).serverId), "image", "id") } });
    await become(1, "REBUILD");
    await become(1, "ACTIVE");
    await until("cloud-init's end", async () => (await shell(1, "cloud-init status --wait")).includes("done"));
    assert.equal(await shell(1, "ls /root"), "first-boot");
    await until("the network", () => reaches(2, edge(1).address));
  });

  for (const end of ["confirmResize", "revertResize"] as const) {
    it(`are resized with their disk (${end})`, async () => {
      const before = textAt(await cloud.api.server(edge(1).serverId), "flavor", "id");
      const flavorRef = REGION.flavors.find(({ id }) => id !== before)?.id;
      await shell(1, `echo ${end} > /root/note; sync`);
      await act(1, { resize: { flavorRef } });
      await become(1, "VERIFY_RESIZE");
      assert.equal(await shell(1, "cat /root/note"), end);
      await act(1, { [end]: null });
      await become(1, "ACTIVE");
      assert.equal(await shell(1, "cat /root/note"), end);
      await until("the network", () => reaches(2, edge(1).address));
    });
  }

  it("run on after a restart of the whole lab, on their disk and behind their filters", async function () {
    this.timeout(300_000);
    await act(2, { "os-stop": null });
    await become(2, "SHUTOFF");
    await cloud.restart();
    await become(1, "ACTIVE");
    assert.equal(await shell(1, "cat /root/note"), "revertResize");
    assert.equal(await cloud.api.serverStatus(edge(2).serverId), "SHUTOFF");
    await act(2, { "os-start": null });
    await become(2, "ACTIVE");
    await until("the network", () => reaches(2, edge(1).address));
  });

  it("leave nothing when they are deleted", async () => {
    for (const { serverId } of edges) await cloud.api.done("DELETE", `/compute/v2.1/servers/${serverId}`);
    for (const { serverId } of edges) await cloud.api.serverBecomes(serverId, "gone");
    assert.deepEqual(await readdir(join(cloud.stateDir, "host", "servers")), []);
    for (const { portId } of edges) assert.equal(await hostOf(portId), undefined);
  });
});
