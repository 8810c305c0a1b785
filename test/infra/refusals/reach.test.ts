/** Refusals of who may come in, and of keys that would not open. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { exampleConfig, KEY_PAIR, problemsOf, SEED, sourceOf, withValue } from "../stacks/exampleConfig.ts";
import { refused, table } from "./table.ts";

describe("a stack's configuration refuses a way in or out", () => {
  const everybody = "is the whole Internet: SSH is not for everybody";
  table("list the networks you work from, such as 198.51.100.0/24", [
    refused("ssh.allowFrom", ["0.0.0.0/0"], everybody, 'ssh.allowFrom[0] = "0.0.0.0/0"'),
    refused(
      "ssh.allowFrom",
      ["198.51.100.0/24", "0.0.0.0/1"],
      "is a large part of the Internet",
      'ssh.allowFrom[1] = "0.0.0.0/1"',
    ),
  ]);
  table("list the networks you work from, such as [198.51.100.0/24]", [
    refused("ssh.allowFrom", [], "is empty"),
    refused("ssh.allowFrom", undefined, "is missing"),
  ]);
  table("write a network such as 198.51.100.0/24, or one address as 198.51.100.7/32", [
    refused(
      "ssh.allowFrom",
      ["198.51.100.7"],
      "is not an IPv4 network in CIDR notation",
      'ssh.allowFrom[0] = "198.51.100.7"',
    ),
  ]);
  table("write the external network's name, such as Ext-Net", [
    refused(
      "defaults.externalNetwork",
      undefined,
      'is missing, and VIP "web" has a floating IP: it could not be reached without a way to the outside',
    ),
  ]);
  table("leave the key out, or change defaults.externalNetwork", [
    refused(
      "vips.web.public.floatingIp.pool",
      "Other-Net",
      "is not Ext-Net, where the network's router leads: an address of it could not be used",
    ),
  ]);
});

describe("a stack's configuration refuses keys that would not open", () => {
  table("write one of the two", [
    refused("ssh.publicKeyFile", undefined, "is missing, and so is vip-failover:ssh.publicKey"),
    refused("ssh.privateKeyFile", undefined, "is missing, and so is vip-failover:ssh.privateKey"),
    refused("ssh.bastion.hostKeyFile", undefined, "is missing, and so is vip-failover:ssh.bastion.hostKey"),
  ]);
  const both = 'ssh.publicKeyFile = "id_ed25519.pub"';
  table("keep one of the two", [
    refused("ssh.publicKey", KEY_PAIR.publicKey, "is given beside vip-failover:ssh.publicKey", both),
  ]);
  table("correct the path, or make the key with ssh-keygen", [
    refused("ssh.publicKeyFile", "nowhere.pub", "cannot be read (ENOENT)"),
  ]);
  table("make the lab's keys: npm run lab -- up", [
    refused("ssh.privateKeyFile", ".vipf/lab/ssh/id_ed25519", "cannot be read (ENOENT)"),
  ]);
  table("give both halves of one pair: ssh-keygen -y -f KEYFILE prints the public one", [
    refused("ssh.publicKeyFile", "other.pub", "does not belong to the public key", "ssh.privateKey"),
  ]);
  table("make a key for deployments: ssh-keygen -t ed25519 -N ''", [
    refused(
      "ssh.privateKeyFile",
      "locked",
      "is locked with a passphrase, and nobody is there to type it",
      "ssh.privateKey",
    ),
    refused(
      "ssh.privateKeyFile",
      "locked.openssh",
      "is locked with a passphrase, and nobody is there to type it",
      "ssh.privateKey",
    ),
  ]);
  table("take the whole file, from -----BEGIN to -----END and its line end", [
    refused("ssh.privateKeyFile", "id_ed25519.pub", "is no SSH private key", "ssh.privateKey"),
  ]);
  table("take the one line of a .pub file, such as: ssh-ed25519 AAAA... you@host", [
    refused("ssh.publicKeyFile", "id_ed25519", "is no SSH public key", "ssh.publicKey"),
    refused("ssh.bastion.hostKeyFile", "id_ed25519", "is no SSH public key", "ssh.bastion.hostKey"),
  ]);
});

describe("a stack's configuration refuses a seed", () => {
  const make = "openssl rand -base64 32 | npm run pulumi -- config set --secret --path";
  const seeded = (seed: unknown, secretKeys = ["vip-failover:ssh"]) => {
    const config = withValue("ssh.hostKeySeed", seed, withValue("ssh.hostKeySeedFile", undefined));
    return problemsOf(sourceOf(config, { secretKeys })).map(({ key, why, remedy }) => `${key} | ${why} | ${remedy}`);
  };

  for (const [seed, why] of [
    ["a", "is neither base64 nor hexadecimal"],
    ["   ", "is blank"],
    ["\n", "is blank"],
    ["correct horse battery staple, and then some more of it", "is neither base64 nor hexadecimal"],
    ["correcthorsebatterystaplecorrecthorsebatterystaple+/", "is neither base64 nor hexadecimal"],
    ["Correct Horse Battery Staple Correct Horse Battery Staple", "is neither base64 nor hexadecimal"],
    ["Correct-Horse-Battery-Staple-Correct-Horse-Battery-Staple", "is neither base64 nor hexadecimal"],
    ["CorrectHorseBatteryStapleCorrectHorseBatteryStaple1987", "is neither base64 nor hexadecimal"],
    [`${SEED.slice(0, 20)}=${SEED.slice(20)}`, "is neither base64 nor hexadecimal"],
    ["0a".repeat(31), "has 31 octets, and a seed has 32 or more"],
    ["kGu8p2Qm0Jt5rXcV1nZbYs9WfD4hLaE7oTi3RxKq", "has 30 octets, and a seed has 32 or more"],
    ["0".repeat(64), "is a pattern and not random"],
    ["0123456789abcdef".repeat(8), "is a pattern and not random"],
    [Buffer.from(Array.from({ length: 64 }, (_, index) => index)).toString("hex"), "is a pattern and not random"],
    [Buffer.alloc(48, "Aa").toString("base64"), "is a pattern and not random"],
  ] as const) {
    it(JSON.stringify(seed), () => {
      assert.deepEqual(seeded(seed), [
        `vip-failover:ssh.hostKeySeed | ${why} | make one: ${make} ssh.hostKeySeed; it changes the host keys of nodes ` +
          "that exist: replace each of them with: pulumi up --replace URN",
      ]);
    });
  }

  it("that is missing, and says how a stack that has nodes keeps their keys", () => {
    assert.deepEqual(seeded(undefined), [
      "vip-failover:ssh.hostKeySeed | is missing | if the stack has nodes already, set the private key that they were " +
        "made with, and their keys stay: npm run pulumi -- config set --secret --path ssh.hostKeySeed < KEYFILE; " +
        `if it has none, make one: ${make} ssh.hostKeySeed`,
    ]);
  });

  it("in clear text", () => {
    const [problem = "", ...others] = seeded(SEED, []);
    assert.deepEqual(others, []);
    assert.match(problem, /^vip-failover:ssh\.hostKeySeed \| is in the stack's file in clear text/);
  });

  table(`make one: ${make} ssh.hostKeySeed`, [
    refused(
      "ssh.hostKeySeedFile",
      "id_ed25519",
      "is the private key's own file, and a new passphrase or format would change every node's host key",
    ),
  ]);

  it("of the agents' keys that is none, or is of no number", () => {
    const config = withValue("agentKeys.seeds", { 2: "a", second: SEED });
    const source = sourceOf(config, { secretKeys: ["vip-failover:agentKeys"] });
    assert.deepEqual(
      problemsOf(source).map(({ key, why }) => `${key} ${why}`),
      [
        "vip-failover:agentKeys.seeds.2 is neither base64 nor hexadecimal",
        "vip-failover:agentKeys.seeds.second is not below a number of keys",
      ],
    );
  });
});

describe("a stack's configuration is refused with an agent that is not built", () => {
  it("before anything is declared", () => {
    const problem = {
      key: "dist/agent/manifest.json",
      why: "is missing: the agent is not built",
      remedy: "run: npm run build",
    };
    assert.deepEqual(problemsOf(sourceOf(exampleConfig(), { readRelease: () => problem })), [problem]);
  });
});
