/** The keys that agents share, from one number to the next: what each node signs is understood by every other, at any time. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { checkedAgentConfig } from "../../../agent/config/checkedDocument.ts";
import type { AgentConfig } from "../../../agent/config/schema/document.ts";
import { NO_FACTS } from "../../../infra/plan/agent/cloudFacts.ts";
import { planCluster } from "../../../infra/plan/cluster.ts";
import { seedFault } from "../../../infra/schema/seed.ts";
import { machineWith, type NodeMachine, Segment } from "../../node/segment.ts";
import { ethernet } from "../../support/fakeKernel.ts";
import { exampleConfig, KEY_PAIR, loadExample, SEED, withValue } from "../stacks/exampleConfig.ts";

type Config = Readonly<Record<string, unknown>>;
type Name = "edge-1" | "edge-2";

const SECOND = 1_000_000;
const NEW_SEED = "9fK2xTq7LmW0bYzR4sUe1JhVdC8nGp5aQoXi3EtBk6M=";
/** As Python's `token_urlsafe(32)` prints it. */
const URL_SEED = "q_4Zb0-Xw9nTgV2kLs8cYd1RfJ7eHuM3oPiA6tQyBvE";
/** As `openssl rand -base64 64` prints it. */
const BROKEN_SEED = "N0pmR4h9QyTz3kWc8uXeVb1LgJs6aDoFi2xMt7PrYqBnS5vKwEjHlZ+dCUOAI/Gr\nkGu8p2Qm0Jt5rXcV1nZbYg==";
const lines = (base64: string): string => base64.replace(/.{64}/g, "$&\n");
/** The order of a rollout, and the one that a replaced master makes. */
const ORDERS: readonly (readonly Name[])[] = [
  ["edge-2", "edge-1"],
  ["edge-1", "edge-2"],
];

function documentsOf(config: Config): ReadonlyMap<string, AgentConfig> {
  const { stack, prefix, ssh } = loadExample(config);
  const { nodes } = planCluster(stack, prefix, ssh.hostKeySeed);
  return new Map(
    nodes.map(({ name, document }) => [name, checkedAgentConfig.parse(JSON.parse(document(NO_FACTS).text))]),
  );
}

const at = (number: number, more: Config = exampleConfig()): Config => withValue("agentKeys.number", number, more);
const signedBy = (authentication: unknown, more: Config = exampleConfig()): Config =>
  withValue("vips.web.authentication", authentication, more);

const UNSIGNED = signedBy("none");
const withSeed = (number: number): Config => withValue("agentKeys.seeds", { 4: NEW_SEED }, at(number));

/** Each is one `up` after the one before. */
const UPS: readonly (readonly [string, Config])[] = [
  ["unsigned, as before", UNSIGNED],
  ["number 0: signed, and unsigned is accepted", at(0)],
  ["number 1: nothing unsigned is accepted", at(1)],
  ["number 2: another key", at(2)],
  ["a seed for number 4", withSeed(2)],
  ["number 3", withSeed(3)],
  ["number 4: a key of the new seed", withSeed(4)],
  ["number 5: no key of the old seed is known any more after it", withSeed(5)],
  ["unsigned is accepted again", signedBy({ mode: "permissive" }, withSeed(5))],
  ["unsigned again", signedBy("none", withSeed(5))],
  ["a single VIP begins again", signedBy({ mode: "permissive" }, withSeed(5))],
  ["and is like the others", withSeed(5)],
];

function groupOf(configs: Readonly<Record<Name, AgentConfig | undefined>>) {
  const machine = (name: Name): NodeMachine => {
    const config = configs[name];
    assert.ok(config !== undefined);
    return machineWith(config, ethernet(config.virtualRouters[0]?.sourceAddress ?? ""));
  };
  const machines = { "edge-1": machine("edge-1"), "edge-2": machine("edge-2") };
  const segment = new Segment(Object.values(machines));
  for (const { reactor } of Object.values(machines)) reactor.start(0);
  segment.run(5 * SECOND);
  return { machines, segment };
}

const mastersOf = (machines: Readonly<Record<Name, NodeMachine>>): readonly string[] =>
  Object.entries(machines)
    .filter(([, { kernel }]) => kernel.addresses().includes("10.25.0.10/32"))
    .map(([name]) => name);

const refusedBy = (machines: Readonly<Record<Name, NodeMachine>>): readonly unknown[] =>
  Object.values(machines).map(({ reactor }) => reactor.status(0).virtualRouters[0]?.counters.dropped);

const changesOfRole = ({ reports }: NodeMachine): number => reports.filter(({ kind }) => kind === "transition").length;

describe("the agents' keys", () => {
  for (const order of ORDERS) {
    it(`change by one \`up\` a number, ${order[0]} first: one master, no change of role, nothing refused`, () => {
      const [[, first] = ["", UNSIGNED], ...rest] = UPS;
      const before = documentsOf(first);
      const { machines, segment } = groupOf({ "edge-1": before.get("edge-1"), "edge-2": before.get("edge-2") });
      for (const { reports } of Object.values(machines)) reports.splice(0);
      for (const [step, config] of rest) {
        const documents = documentsOf(config);
        for (const name of order) {
          const document = documents.get(name);
          assert.ok(document !== undefined);
          machines[name].reactor.reconfigure(document, segment.nowMicros);
          segment.run(4 * SECOND);
          assert.deepEqual(mastersOf(machines), ["edge-1"], `${step}, ${name} changed`);
          assert.deepEqual(refusedBy(machines), [{}, {}], `${step}, ${name} changed`);
        }
      }
      assert.deepEqual(Object.values(machines).map(changesOfRole), [0, 0]);
    });
  }

  it("are understood by nodes that start with the step before, and by those that start with the one after", () => {
    for (const [index, [step, older]] of UPS.slice(0, -1).entries()) {
      const [, newer] = UPS[index + 1] ?? ["", UNSIGNED];
      for (const [one, two] of [
        [older, newer],
        [newer, older],
      ] as const) {
        const { machines } = groupOf({
          "edge-1": documentsOf(one).get("edge-1"),
          "edge-2": documentsOf(two).get("edge-2"),
        });
        assert.deepEqual([mastersOf(machines), refusedBy(machines)], [["edge-1"], [{}, {}]], `after: ${step}`);
      }
    }
  });

  it("need number 0 between unsigned and 1: without it there are two masters", () => {
    const configs = { "edge-1": documentsOf(UNSIGNED).get("edge-1"), "edge-2": documentsOf(at(1)).get("edge-2") };
    assert.deepEqual(mastersOf(groupOf(configs).machines), ["edge-1", "edge-2"]);
  });

  it("are another for each purpose, virtual router, stack and number, and the same on every node", () => {
    const two = withValue("vips.mail", { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20 });
    const secrets = [at(1, two), at(3, two)].flatMap((config) => {
      const [one, other] = [...documentsOf(config).values()];
      assert.deepEqual(keysIn(one), keysIn(other));
      return keysIn(one);
    });
    assert.equal(new Set(secrets).size, secrets.length - 3, "key 2 alone is known at number 1 and at number 3");
    const { stack, ssh } = loadExample();
    const other = planCluster(stack, "vip-failover-other", ssh.hostKeySeed).nodes[0]?.document(NO_FACTS).text ?? "";
    for (const secret of secrets) assert.ok(!other.includes(secret));
  });

  it("are those of a stack without numbers, at number 0 and 1: its peer links stay", () => {
    const known = "677eecf8";
    for (const number of [0, 1]) {
      const { peerLink } = documentsOf(at(number)).get("edge-1") ?? {};
      assert.equal(peerLink?.key.slice(0, known.length), known);
      assert.deepEqual([peerLink.keyNumber, peerLink.otherKeys.map((key) => key.number)], [1, [2]]);
    }
  });

  it("have an id in one octet, whatever the number", () => {
    for (const number of [254, 255, 256, 511, 1_000_000 - 1]) {
      const router = documentsOf(at(number)).get("edge-1")?.virtualRouters[0];
      assert.ok(router?.protocol === "vrrp" && router.authentication !== undefined);
      assert.ok(router.authentication.keys.some(({ id }) => id === router.authentication?.active));
      assert.equal(new Set(router.authentication.keys.map(({ id }) => id)).size, 3);
    }
  });

  it("that are accepted beside none are told of until the number is 1", () => {
    const warnings = (config: Config) => {
      const { stack, prefix, ssh } = loadExample(config);
      return planCluster(stack, prefix, ssh.hostKeySeed).warnings;
    };
    for (const config of [at(0), signedBy({ window: "30s" }, at(0)), signedBy({ replay: "monotonic" }, at(0))]) {
      assert.match(
        warnings(config).join("\n"),
        /agentKeys\.number is 0.*: web\. .*config set --path agentKeys\.number 1$/,
      );
    }
    for (const config of [at(1), signedBy("none", at(0)), signedBy({ mode: "permissive" }, at(0))])
      assert.deepEqual(warnings(config), []);
  });
});

describe("a seed", () => {
  it("is 32 random octets in base64 or hexadecimal, or the private key that a stack began with", () => {
    const hex = Buffer.from(SEED, "base64").toString("hex");
    const alike = [SEED, `${SEED}\n`, hex, hex.toUpperCase(), hex.repeat(2), KEY_PAIR.privateKey];
    for (const seed of [...alike, URL_SEED, SEED.slice(0, -1), BROKEN_SEED, BROKEN_SEED.replace("\n", " ")]) {
      const { ssh } = loadExample(withValue("ssh.hostKeySeed", seed, withValue("ssh.hostKeySeedFile", undefined)));
      assert.equal(ssh.hostKeySeed, seed);
    }
  });

  it("that a generator prints is one, whatever its alphabet, padding and lines", () => {
    const texts = fc.uint8Array({ minLength: 32, maxLength: 96 }).chain((octets) => {
      const base64 = Buffer.from(octets).toString("base64");
      const url = base64.replaceAll("+", "-").replaceAll("/", "_");
      return fc.constantFrom(base64, url, ...[base64, url].map((text) => text.replace(/=+$/, "")), lines(base64));
    });
    // By chance one in thousands is a pattern to the rules: the same texts each time.
    fc.assert(
      fc.property(texts, (text) => {
        assert.equal(seedFault(text), undefined);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("is used as it stands: neither its alphabet nor its lines are made another's", () => {
    const keysOf = (seed: string) =>
      keysIn(
        documentsOf(withValue("ssh.hostKeySeed", seed, withValue("ssh.hostKeySeedFile", undefined))).get("edge-1"),
      );
    for (const [one, other] of [
      [URL_SEED, URL_SEED.replaceAll("-", "+").replaceAll("_", "/")],
      [SEED, SEED.slice(0, -1)],
      [BROKEN_SEED, BROKEN_SEED.replace("\n", "")],
    ] as const) {
      assert.notDeepEqual(keysOf(one), keysOf(other));
    }
  });

  it("that is a private key derives what it derived when it was the default", () => {
    const config = withValue("ssh.hostKeySeed", KEY_PAIR.privateKey, withValue("ssh.hostKeySeedFile", undefined));
    const trimmed = withValue(
      "ssh.hostKeySeed",
      KEY_PAIR.privateKey.trim(),
      withValue("ssh.hostKeySeedFile", undefined),
    );
    assert.deepEqual(documentsOf(config), documentsOf(trimmed));
  });
});

/** All keys of a document, in its order. */
function keysIn(config: AgentConfig | undefined): readonly string[] {
  const routers = config?.virtualRouters.flatMap((router) =>
    router.protocol === "vrrp" ? (router.authentication?.keys.map(({ secret }) => secret) ?? []) : [],
  );
  const { key = "", otherKeys = [] } = config?.peerLink ?? {};
  return [...(routers ?? []), key, ...otherKeys.map((other) => other.key)];
}
