import assert from "node:assert/strict";
import ssh2 from "ssh2";
import type { ServerState } from "../../lab/host/region.ts";
import { newSshKeyPair } from "../../toolchain/sshKeyPair.ts";
import { edgeRegion, nodeId, nodePort, nodeServer, PING, tcp, VRRP } from "./edgeRegion.ts";
import {
  call,
  connectToBastion,
  execute,
  type LabHost,
  logIn,
  OPERATOR,
  openLabHost,
  until,
  untilSetUp,
} from "./labHost.ts";

const RULES = [VRRP, PING, tcp(22), tcp(80)];
const HOST_KEY = newSshKeyPair();

/** What a user hands over to have a host key that is known beforehand, and something done on first boot. */
const USER_DATA = `#cloud-config
ssh_deletekeys: true
ssh_keys:
  ed25519_private: |
${HOST_KEY.private.trim().replaceAll(/^/gm, "    ")}
  ed25519_public: ${HOST_KEY.public}
runcmd:
  - [sh, -c, "echo done > /run/first-boot"]
`;

describe("servers", () => {
  let lab: LabHost;
  const states: (readonly [string, ServerState["kind"]])[] = [];

  before(async () => {
    lab = await openLabHost("vipf-boot");
    lab.hypervisor.onServerState((id, { kind }) => states.push([id, kind]));
    const servers = [1, 2].map((node) => nodeServer(node, { publicKey: OPERATOR.public, userData: USER_DATA }));
    await lab.hypervisor.converge(edgeRegion([nodePort(1, RULES), nodePort(2, RULES)], servers));
  });
  after(() => lab.remove());

  it("are reported as building, then active", () => {
    for (const node of [1, 2]) {
      const kinds = states.filter(([id]) => id === nodeId(node)).map(([, kind]) => kind);
      assert.deepEqual(kinds, ["building", "active"]);
    }
  });

  it("let the bearer of the config drive's key in over the bastion, with the host key of the user data", async () => {
    const session = await until("SSH", () => logIn(lab, "203.0.113.11").catch(() => undefined));
    const expected = ssh2.utils.parseKey(HOST_KEY.public);
    assert.ok(!(expected instanceof Error));
    assert.deepEqual(session.hostKey, expected.getPublicSSH());
    assert.equal((await execute(session, "hostname; id -un; sudo -n id -un 2>&1")).trim(), "edge-1\ndebian\nroot");
    session.client.end();
  });

  it("do what the user data says, once", async () => {
    await untilSetUp(lab, 1);
    assert.equal((await lab.shell(1, "cat /run/first-boot")).stdout, "done\n");
    const status = JSON.parse((await lab.shell(1, "cat /run/cloud-init/result.json")).stdout) as {
      v1: { errors: unknown };
    };
    assert.deepEqual(status.v1.errors, []);
  });

  it("boot without a failed unit or an error, with no password and no other way in than keys", async () => {
    await untilSetUp(lab, 2);
    assert.equal((await lab.shell(2, "systemctl --failed --no-legend")).stdout, "");
    assert.equal((await lab.shell(2, "journalctl --quiet --boot --priority=err --output=cat")).stdout, "");
    assert.match((await lab.shell(2, "passwd --status debian; passwd --status root")).stdout, /^debian L .*\nroot L /);
    const sshd = (await lab.shell(2, "sshd -T")).stdout;
    assert.match(sshd, /^passwordauthentication no$/m);
    assert.match(sshd, /^kbdinteractiveauthentication no$/m);
  });

  it("say their name on port 80, to the client and to each other", async () => {
    assert.equal(await until("HTTP", () => call(lab, "203.0.113.12")), "edge-2");
    assert.equal((await lab.shell(1, "curl -s --max-time 5 http://10.25.0.12/")).stdout, "edge-2\n");
  });

  it("see their own cards in /sys and set their own network's parameters", async () => {
    assert.equal((await lab.shell(1, "ls /sys/class/net")).stdout, "eth0\nlo\n");
    assert.equal((await lab.shell(1, "sysctl -w net.ipv4.conf.eth0.arp_ignore=0")).status, 0);
  });

  it("run what an agent's unit asks for", async () => {
    const properties = [
      ...["DynamicUser=yes", "ProtectSystem=strict", "CPUSchedulingPolicy=rr", "CPUSchedulingPriority=10"],
      ...["AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN", "LoadCredential=secret:/etc/hostname"],
    ].map((property) => `--property='${property}'`);
    const inner = "cat $CREDENTIALS_DIRECTORY/secret; chrt -p $$$$; ip link add vipf-t type veth && echo may";
    const { stdout, stderr } = await lab.shell(
      1,
      `systemd-run --quiet --wait --pipe ${properties.join(" ")} sh -c '${inner}'`,
    );
    assert.match(stdout, /^edge-1\n.*SCHED_RR[^]*may\n$/, stderr);
  });

  it("have a console", async () => {
    await untilSetUp(lab, 1);
    const text = await lab.hypervisor.consoleLog(nodeId(1));
    assert.match(text, /Cloud-init v\. .* finished/);
    assert.equal(text.includes("\u001b"), false);
  });

  it("say what is wrong when one cannot be started, and leave the others alone", async () => {
    const broken = { ...nodeServer(3), portIds: [nodePort(3, []).id] };
    const twin = { ...nodePort(3, []), mac: "00:00:00:00:00:00" };
    const region = edgeRegion(
      [nodePort(1, RULES), nodePort(2, RULES), twin],
      [...[1, 2].map((node) => nodeServer(node, { publicKey: OPERATOR.public, userData: USER_DATA })), broken],
    );
    const reported = new Promise<ServerState>((resolve) => {
      lab.hypervisor.onServerState((id, state) => {
        if (id === broken.id && state.kind !== "building") resolve(state);
      });
    });
    await lab.hypervisor.converge(region);
    const state = await reported;
    assert.ok(state.kind === "error");
    assert.match(state.reason, /^server edge-3 could not be started: /);
    assert.equal(await call(lab, "203.0.113.12"), "edge-2");
  });
});

describe("the bastion", () => {
  let lab: LabHost;
  before(async () => {
    lab = await openLabHost("vipf-boot");
    await lab.hypervisor.converge(edgeRegion([], []));
  });
  after(() => lab.remove());

  it("refuses other keys", async () => {
    const stranger = newSshKeyPair();
    await assert.rejects(connectToBastion(lab, stranger.private), /authentication methods failed/);
  });

  it("shows the key it is known by", async () => {
    const { client, hostKey } = await connectToBastion(lab);
    client.end();
    assert.equal(lab.hypervisor.bastion.hostKey.split(" ")[1], hostKey.toString("base64"));
  });

  it("forwards to the external segment alone, and says when nobody is there", async () => {
    await assert.rejects(logIn(lab, "127.0.0.1"), /open failure/i);
    await assert.rejects(logIn(lab, "10.25.0.11"), /open failure/i);
    // The client host itself: reached, but nothing listens there.
    await assert.rejects(logIn(lab, "203.0.113.2"), /open failure/i);
  });
});
