/** A stack's configuration as a whole: what is taken, what is said, and what never is. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { loadConfig } from "../../infra/load.ts";
import { messageOf, refused, table } from "./refusals/table.ts";
import { exampleConfig, KEY_PAIR, problemsOf, RELEASE, sourceOf, withValue } from "./stacks/exampleConfig.ts";

describe("a stack's configuration", () => {
  it("is taken when it is good, with its defaults", () => {
    const { stack, prefix, release } = loadConfig(sourceOf(exampleConfig()));
    assert.equal(prefix, "vip-failover-test");
    assert.equal(release, RELEASE);
    assert.equal(stack.ssh.via, undefined);
    assert.equal(stack.defaults.serverGroupPolicy, "anti-affinity");
    assert.equal(stack.network.dhcp, true);
    const { advertisementInterval, preempt, priorities } = stack.vips["web"] ?? {};
    assert.deepEqual(
      { advertisementInterval, preempt, priorities },
      { advertisementInterval: 1_000_000, preempt: true, priorities: {} },
    );
  });

  it("takes a secret that Pulumi holds encrypted, and no other", () => {
    const config = withValue("ssh.privateKeyFile", undefined, withValue("ssh.privateKey", KEY_PAIR.privateKey));
    assert.deepEqual(problemsOf(sourceOf(config, { secretKeys: ["vip-failover:ssh"] })), []);
    assert.deepEqual(problemsOf(sourceOf(config, { secretKeys: undefined })), []);
    const keys = problemsOf(sourceOf(config, { secretKeys: [] })).map(({ key }) => key);
    assert.deepEqual(keys, ["vip-failover:ssh.privateKey"]);
  });

  it("leaves what belongs to providers and to Pulumi alone", () => {
    const source = sourceOf(exampleConfig());
    const values = { ...source.values, "openstack:cloud": "x", "pulumi:tags": "{}" };
    assert.deepEqual(problemsOf({ ...source, values }), []);
  });
});

describe("a stack's configuration refuses an unknown key", () => {
  const unknown = "is no key of the configuration";
  const key = (path: string, remedy: string): void => {
    table(remedy, [refused(path, {}, unknown, path.replace(".0.", "[0]."))]);
  };
  key("vip", "did you mean vips?");
  key("nodes.edge-1.prioritiy", "did you mean priority?");
  key("vips.web.virtualrouterid", "did you mean virtualRouterId?");
  key("ssh.bastion.gateway", "use one of: host, port, user, hostKey, hostKeyFile");
  key("services.0.ports", "did you mean port?");
});

describe("the message about a stack's configuration", () => {
  it("is one that a person reads", () => {
    assert.equal(
      messageOf(withValue("nodes.edge-1.priority", 256)),
      [
        'stack "test" has one problem in its configuration; nothing was touched.',
        "  vip-failover:nodes.edge-1.priority = 256",
        "    does not fit the one byte that VRRP has for it",
        "    -> write a whole number from 1 to 254; the highest of a VIP's nodes is its master",
      ].join("\n"),
    );
  });

  it("counts", () => {
    const message = messageOf({ ...withValue("nodes.edge-1.priority", 256), vip: {} });
    assert.match(message, /^stack "test" has 2 problems in its configuration/);
  });

  it("names every problem at once, of shape and of rule alike", () => {
    const { ssh, vips } = exampleConfig();
    const config = {
      ...exampleConfig(),
      syncGroup: {},
      nodes: { "edge-1": { priority: 200, colour: "red" }, "edge-2": { priority: 200 }, "edge-3": { priority: 0 } },
      ssh: { ...ssh, allowFrom: ["0.0.0.0/0"], privateKeyFile: "nowhere" },
      vips: { web: { ...vips.web, address: "10.26.0.10" }, mail: { address: "10.25.0.99", virtualRouterId: "ten" } },
    };
    const keys = problemsOf(sourceOf(config)).map(({ key }) => key.replace("vip-failover:", ""));
    assert.deepEqual(keys, [
      "syncGroup",
      "nodes.edge-1.colour",
      "nodes.edge-3.priority",
      "vips.mail.protocol",
      "vips.mail.virtualRouterId",
      "ssh.allowFrom[0]",
      "vips.web.address",
      "ssh.privateKeyFile",
    ]);
  });

  it("never shows a secret, wherever it was put by mistake", () => {
    const secret = "correct-horse-battery-staple";
    const places: readonly Readonly<Record<string, unknown>>[] = [
      { ...exampleConfig(), ssh: secret },
      { ...exampleConfig(), ssh: [secret] },
      { ...exampleConfig(), password: secret },
      withValue("ssh.privateKey", { nested: secret }),
      withValue("ssh.privateKey", secret, withValue("ssh.privateKeyFile", undefined)),
      withValue("ssh.hostKeySeed", [secret]),
      withValue("ssh.publicKey", secret, withValue("ssh.publicKeyFile", undefined)),
      withValue("ssh.password", secret),
      withValue("vips.web.authentication", secret),
      withValue("vips.web.authentication", [secret]),
      withValue("vips.web.authentication", { mode: secret, keys: { 1: secret }, active: secret, replay: secret }),
      withValue("vips.web.authentication", { keys: secret }),
      withValue("vips.web.authentication", { key: secret }),
    ];
    for (const config of places) {
      const message = messageOf(config);
      assert.notEqual(message, "");
      assert.ok(!message.includes(secret), message);
    }
  });
});
