/** Servers of Nova's on this host, asked for as its driver does, with no OpenStack behind it. */
import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bridgeName, hostNames, tapName } from "../../lab/host/names.ts";
import { ipBatch } from "../../lab/host/namespace.ts";
import { createNovaHypervisor, type NovaHypervisor } from "../../lab/openstack/compute/novaHypervisor.ts";
import { hostAddress, UNDERLAY } from "../../lab/openstack/settings/networks.ts";
import { runCommand } from "../../toolchain/command.ts";
import { cacheDirectory } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { CLIENT, nodeAddress, nodeId, nodePortId } from "../host/edgeRegion.ts";
import { leftovers, OPERATOR, until } from "../host/labHost.ts";
import { NETWORK_ID, novaDriver, novaPort, novaServer, powerEvents } from "./novaDriver.ts";

const NAME = "vipf-compute";
const names = hostNames(NAME);

describe("Nova's servers", () => {
  let stateDir: string;
  let socket: string;
  let hypervisor: NovaHypervisor;
  const open = async (): Promise<void> => {
    hypervisor = await createNovaHypervisor({
      ...{ name: NAME, stateDir, cacheDir: cacheDirectory(), client: CLIENT, socket, computeHosts: 2 },
      bastion: { port: 0, authorizedKey: OPERATOR.public },
      progress: createProgress(),
    });
  };
  const on = (host: number) => novaDriver(socket, `compute-${host}`);
  const shell = async (node: number, command: string): Promise<string> =>
    (await hypervisor.run(nodeId(node), ["sh", "-c", command], { timeoutMs: 60_000 })).stdout.trim();
  const ping = async (from: number, to: number): Promise<boolean> =>
    (await shell(from, `ping -q -c 3 -i 0.2 -W 1 ${nodeAddress(to)}`)).includes(" 0% packet loss");
  const links = async (host: number): Promise<string> =>
    (await runCommand(["ip", "-n", names.computeHost(host), "-brief", "link"])).stdout;

  before(async () => {
    stateDir = await mkdtemp(join(tmpdir(), `${NAME}-`));
    socket = join(stateDir, "run", "hypervisor.sock");
    await open();
  });
  after(async () => {
    await hypervisor.close();
    await rm(stateDir, { recursive: true, force: true });
    assert.deepEqual(await leftovers(NAME), []);
  });

  it("are asked for at a socket that only its owner may open", async () => {
    const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
    assert.deepEqual([await mode(socket), await mode(dirname(socket))], ["600", "700"]);
  });

  it("have their tap in the bridge of their network before they start, as Neutron's agent looks for it", async () => {
    await on(1).server(1, "PUT", "", novaServer(1, { userData: "#cloud-config\nruncmd: [touch /run/first-boot]\n" }));
    await on(1).server(1, "POST", "/plug");
    assert.equal(await on(1).power(1), "off");
    const { stdout } = await runCommand(["ip", "-n", names.computeHost(1), "link", "show", tapName(nodePortId(1))]);
    assert.match(stdout, new RegExp(`mtu 1450 .* master ${bridgeName(NETWORK_ID)} `));
  });

  it("start with what their config drive says, and with the addresses of their ports", async () => {
    await on(1).server(1, "POST", "/start");
    assert.equal(await on(1).power(1), "on");
    await shell(1, "cloud-init status --wait");
    assert.equal(await shell(1, "hostname; ls /run/first-boot"), "edge-1\n/run/first-boot");
    assert.match(await shell(1, "ip -brief addr show eth0"), / 10\.25\.0\.11\/24/);
    assert.match(await shell(1, "ip route"), /default via 10\.25\.0\.1 dev eth0/);
    assert.match(JSON.stringify(await on(1).server(1, "GET", "/console")), /Cloud-init v\. .* finished/);
  });

  it("reach each other from host to host over what Neutron's agents would put in their bridges", async () => {
    await on(2).boot(2, novaServer(2));
    for (const host of [1, 2]) {
      const vxlan = `link add vxlan-1 type vxlan id 1 dstport 8472 dev ${UNDERLAY.device} local ${hostAddress(host)} remote ${hostAddress(3 - host)}`;
      await ipBatch(names.computeHost(host), [vxlan, `link set vxlan-1 master ${bridgeName(NETWORK_ID)} up`]);
    }
    assert.equal(await ping(1, 2), true);
    const listed = { servers: [{ serverId: nodeId(2), power: "on" }] };
    assert.deepEqual((await on(2).ask("GET", "/servers")).body, listed);
  });

  it("lose what a black hole swallows, with their carrier, on the port that has it", async () => {
    await hypervisor.setPortCondition(nodePortId(1), "blackhole");
    assert.equal(await ping(1, 2), false);
    assert.equal(await shell(1, "cat /sys/class/net/eth0/carrier"), "1");
    await hypervisor.setPortCondition(nodePortId(1), "carrier-down");
    assert.equal(await shell(1, "cat /sys/class/net/eth0/carrier"), "0");
    // As Neutron's agent does whenever it takes up a port.
    await ipBatch(names.computeHost(1), [`link set ${tapName(nodePortId(1))} up`]);
    await until("it stays pulled", async () => (await shell(1, "cat /sys/class/net/eth0/carrier")) === "0");
    await hypervisor.setPortCondition(nodePortId(1), "up");
    await until("the cable is whole", () => ping(1, 2));
  });

  it("say at once that they lost their power, and that their link is gone", async () => {
    const events = await powerEvents(socket, "compute-1");
    const cutAtMs = performance.now();
    await hypervisor.powerCut(nodeId(1));
    await until("the event", () => Promise.resolve(events.length > 0));
    assert.ok(performance.now() - cutAtMs < 5000);
    assert.deepEqual(events, [{ serverId: nodeId(1), power: "off" }]);
    assert.equal((await links(1)).includes(tapName(nodePortId(1))), false);
    assert.equal(await on(1).power(1), "off");
  });

  it("start again on the disk they had", async () => {
    await on(1).boot(1, novaServer(1));
    await shell(1, "echo kept > /root/note; sync");
    for (const how of ["soft", "hard"]) {
      await on(1).server(1, "POST", "/reboot", { how });
      assert.equal(await shell(1, "cat /root/note; cat /sys/class/net/eth0/address"), "kept\nfa:16:3e:00:00:01");
    }
  });

  it("end by themselves, and when they are asked to", async () => {
    const events = await powerEvents(socket, "compute-1");
    await shell(1, "systemctl poweroff");
    await until("the event", () => Promise.resolve(events.length > 0));
    await on(1).boot(1, novaServer(1));
    await on(1).server(1, "POST", "/stop", { graceSeconds: 60 });
    await until("all events", () => Promise.resolve(events.length === 3));
    assert.deepEqual(
      events.map(({ power }) => power),
      ["off", "on", "off"],
    );
  });

  it("take further cards while they run, and give them back", async () => {
    await on(1).boot(1, novaServer(1));
    const card = { ...novaPort(3), external: true };
    await on(1).server(1, "POST", "/ports", card);
    assert.match(await shell(1, "ip -brief addr show eth1"), /UP .* 10\.25\.0\.13\/24/);
    await on(1).server(1, "DELETE", `/ports/${card.id}`);
    assert.equal(await shell(1, "ls /sys/class/net"), "eth0\nlo");
  });

  it("move to another host with their disk", async () => {
    const running = await on(2).ask("PUT", `/servers/${nodeId(1)}`, novaServer(1));
    assert.equal(running.status, 500);
    assert.match(JSON.stringify(running.body), /runs on compute-1/);
    await on(1).server(1, "POST", "/stop", { graceSeconds: 0 });
    await on(2).boot(1, novaServer(1));
    assert.equal(await shell(1, "cat /root/note"), "kept");
    await until("the bridge on one host", () => ping(1, 2));
    assert.equal((await on(1).ask("GET", `/servers/${nodeId(1)}`)).status, 404);
    // What the first host still says of it changes nothing.
    await on(1).server(1, "POST", "/remove", { disk: "remove" });
    assert.equal(await on(2).power(1), "on");
  });

  it("say why they cannot start, and what is not there", async () => {
    const twin = { ...novaServer(3), ports: [{ ...novaPort(3), mac: "00:00:00:00:00:00" }] };
    await on(1).server(3, "PUT", "", twin);
    const plugged = await on(1).ask("POST", `/servers/${nodeId(3)}/plug`);
    assert.equal(plugged.status, 500);
    assert.equal((await on(1).ask("POST", `/servers/${nodeId(4)}/start`)).status, 404);
    assert.equal((await on(7).ask("GET", "/servers")).status, 404);
    assert.equal((await on(1).ask("PUT", `/servers/${nodeId(4)}`, { ...novaServer(4), hostname: "a b" })).status, 400);
    await on(1).server(3, "POST", "/remove", { disk: "remove" });
  });

  it("leave nothing when they are removed", async () => {
    await on(2).server(2, "POST", "/remove", { disk: "remove" });
    assert.deepEqual(await readdir(join(stateDir, "servers")), [nodeId(1)]);
    assert.equal((await links(2)).includes(tapName(nodePortId(2))), false);
  });

  it("are found again by the next life of the lab; disks of others go once every host has said what it has", async () => {
    await on(1).boot(2, novaServer(2));
    await hypervisor.close();
    assert.deepEqual(await leftovers(NAME), []);
    await chmod(dirname(socket), 0o755);
    await open();
    assert.deepEqual((await on(2).ask("GET", "/servers")).body, { servers: [] });
    assert.equal((await on(2).ask("POST", "/inventory", { serverIds: [nodeId(1)] })).status, 200);
    assert.equal((await readdir(join(stateDir, "servers"))).length, 2);
    assert.equal((await on(1).ask("POST", "/inventory", { serverIds: [] })).status, 200);
    assert.deepEqual(await readdir(join(stateDir, "servers")), [nodeId(1)]);
    await on(2).boot(1, novaServer(1));
    assert.equal(await shell(1, "cat /root/note"), "kept");
  });
});
