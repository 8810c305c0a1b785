/** The stacks' own files: each is a configuration that the program takes, once its secrets are set. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { CheckedConfig } from "../../infra/load.ts";
import type { ClusterPlan } from "../../infra/plan/cluster.ts";
import { KEY_PAIR, SEED } from "./stacks/exampleConfig.ts";
import { loadYaml, planOf } from "./yamlStack.ts";

const STACKS = join(import.meta.dirname, "..", "..", "stacks");

/** What the comments of a file tell the operator to set. */
const SECRETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  local: {},
  "local-openstack": {},
  dev: { hostKeySeed: SEED },
  staging: { privateKey: KEY_PAIR.privateKey, hostKeySeed: SEED },
  prod: { privateKey: KEY_PAIR.privateKey, hostKeySeed: SEED },
};

const textOf = (stack: string): string => readFileSync(join(STACKS, `Pulumi.${stack}.yaml`), "utf8");

const load = (stack: string): CheckedConfig => {
  const secrets = Object.entries(SECRETS[stack] ?? {}).map(([name, value]) => [`ssh.${name}`, value]);
  return loadYaml(join(STACKS, `Pulumi.${stack}.yaml`), stack, Object.fromEntries(secrets) as Record<string, string>);
};

const plan = (stack: string): ClusterPlan => planOf(load(stack));

const masters = (stack: string): readonly (readonly string[])[] =>
  plan(stack).vips.map(({ name, members }) => [name, ...members.map((member) => `${member.name} ${member.priority}`)]);

describe("the stacks' files", () => {
  it("are those this test knows", () => {
    const names = readdirSync(STACKS).flatMap((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.slice(1) ?? []);
    // Copies of "local" that the end-to-end tests make for their own labs.
    const copies = ["test", "test-openstack"];
    assert.deepEqual(names.filter((name) => !copies.includes(name)).sort(), Object.keys(SECRETS).sort());
  });

  for (const stack of Object.keys(SECRETS)) {
    it(`${stack} is a good configuration, with nothing to warn of`, () => {
      assert.deepEqual(plan(stack).warnings, []);
    });

    it(`${stack} holds no secret, and says how to set those it needs`, () => {
      const text = textOf(stack);
      assert.doesNotMatch(text, /PRIVATE KEY|^ *(?:privateKey|hostKeySeed|password|openstack:password):/m);
      for (const name of Object.keys(SECRETS[stack] ?? {}))
        assert.ok(text.includes(`--secret --path ssh.${name}`), name);
    });
  }

  it("local-openstack is local, but for where its lab is", () => {
    const places = /:\d{5}|port: \d{5}|\.vipf\/lab(?:-openstack)?\/|^#.*$/gm;
    assert.equal(textOf("local-openstack").replaceAll(places, ""), textOf("local").replaceAll(places, ""));
  });

  it("local is the lab: two nodes behind one VIP, the cloud on this machine", () => {
    assert.deepEqual(masters("local"), [["web", "edge-1 200", "edge-2 100"]]);
    const { nodes, network, vips } = plan("local");
    assert.deepEqual(
      nodes.map(({ name, address }) => [name, address]),
      [
        ["edge-2", "10.25.0.12"],
        ["edge-1", "10.25.0.11"],
      ],
    );
    assert.equal(network.externalNetwork, "Ext-Net");
    assert.deepEqual(
      vips.map(({ address, virtualRouterId }) => [address, virtualRouterId]),
      [["10.25.0.10", 10]],
    );
    assert.match(textOf("local"), /openstack:authUrl: http:\/\/127\.0\.0\.1:15000\/identity\/v3\n/);
  });

  it("prod has two VIPs on two nodes, and a third that stands in for both", () => {
    assert.deepEqual(masters("prod"), [
      ["mail", "edge-2 250", "edge-1 200", "edge-3 50"],
      ["web", "edge-1 200", "edge-2 150", "edge-3 50"],
    ]);
    assert.equal(plan("prod").nodes[0]?.name, "edge-3");
  });
});
