/** Refusals of what a VIP says about its protocol: words of the other one, keys, passwords, skews, hooks. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { exampleConfig, problemsOf, sourceOf } from "../stacks/exampleConfig.ts";
import { refused, said, table } from "./table.ts";

type Vip = Readonly<Record<string, unknown>>;

const withVip = (vip: Vip): Readonly<Record<string, unknown>> => ({ ...exampleConfig(), vips: { web: vip } });
const CARP = { address: "10.25.0.10", protocol: "carp", virtualRouterId: 1, authentication: "s3cret" };
const carp = (vip: Vip): readonly string[] => said(withVip({ ...CARP, ...vip }));
const vrrp = (vip: Vip): readonly string[] => said(withVip({ ...exampleConfig().vips.web, ...vip }));

const SET = "set it with: pulumi config set --secret --path vips.web.authentication";
const KEY = "0a".repeat(32);

describe("a stack's configuration refuses a word of the other protocol", () => {
  it("in a VIP of CARP", () => {
    assert.deepEqual(carp({ advertisementInterval: "1s", acceptMode: true, virtualMac: true }), [
      "vips.web.advertisementInterval | is a word of vrrp, and this VIP's protocol is carp | write advertisementBase, in whole seconds",
      "vips.web.acceptMode | is a word of vrrp, and this VIP's protocol is carp | remove it; CARP accepts packets to its addresses",
      "vips.web.virtualMac | is a word of vrrp, and this VIP's protocol is carp | remove it",
    ]);
  });

  it("in a VIP of VRRP", () => {
    assert.deepEqual(vrrp({ advertisementBase: 1, skews: { "edge-1": 1 }, dialect: "ucarp" }), [
      "vips.web.advertisementBase | is a word of carp, and this VIP's protocol is vrrp | write advertisementInterval, such as 1s",
      "vips.web.skews | is a word of carp, and this VIP's protocol is vrrp | write priorities; the highest is master",
      "vips.web.dialect | is a word of carp, and this VIP's protocol is vrrp | remove it",
    ]);
  });
});

describe("a stack's configuration refuses a CARP password", () => {
  it("that is missing, no text, too long, or cut by a NUL", () => {
    assert.deepEqual(carp({ authentication: undefined }), [
      `vips.web.authentication | is missing: CARP has no group without a password | ${SET}`,
    ]);
    assert.deepEqual(carp({ authentication: "none" }), [
      `vips.web.authentication | is "none": CARP has no group without a password, and that is not one | ${SET}`,
    ]);
    assert.deepEqual(carp({ authentication: { keys: { 1: KEY } } }), [
      `vips.web.authentication | is a map of keys, and CARP has one password | ${SET}`,
    ]);
    assert.deepEqual(carp({ authentication: 20 }), [
      `vips.web.authentication | is neither a text nor a map of keys | ${SET}`,
    ]);
    // Octets count, not letters.
    assert.deepEqual(carp({ authentication: `${"ä".repeat(9)}xx` }), [
      `vips.web.authentication | has 20 octets, and of more than 19 other implementations of CARP keep only a part | take a password of 1 to 19 octets, and ${SET}`,
    ]);
    assert.deepEqual(carp({ authentication: "a\0b" }), [
      `vips.web.authentication | has a NUL in it, where other implementations of CARP end a password | ${SET}`,
    ]);
  });
});

describe("a stack's configuration refuses a CARP skew", () => {
  it("that is none, of no node, another's, or said twice", () => {
    assert.deepEqual(carp({ skews: { "edge-1": 255 } }), [
      "vips.web.skews.edge-1 = 255 | is not an advertisement skew | write a whole number from 0 to 254",
    ]);
    assert.deepEqual(carp({ skews: { "edge-3": 1 } }), [
      "vips.web.skews.edge-3 | names a node that there is none of | did you mean edge-1?",
    ]);
    assert.deepEqual(carp({ skews: { "edge-1": 154 } }), [
      'vips.web.skews.edge-1 = 154 | is also the skew of edge-2 for VIP "web", where it is written or as 254 less its priority: nothing would say which of them is master | give every node of a VIP its own skew; the lowest is its master',
    ]);
    assert.deepEqual(carp({ skews: { "edge-1": 1 }, priorities: { "edge-1": 3 } }), [
      "vips.web.skews.edge-1 = 1 | is given beside the priority 3 of the same node, which says a skew of 251 | keep one of the two",
    ]);
  });
});

describe("a stack's configuration refuses a VRRP key", () => {
  it("that is no key, or has an id that fits no octet", () => {
    const why = "is no key of 32 to 64 octets in hexadecimal | make one with: openssl rand -hex 32";
    assert.deepEqual(vrrp({ authentication: "s3cret" }), [`vips.web.authentication | ${why}`]);
    assert.deepEqual(vrrp({ authentication: { keys: { 0: KEY, 1: "0a" }, active: 1 } }), [
      "vips.web.authentication.keys.0 | has an id that does not fit its octet | number the keys from 1 to 255",
      `vips.web.authentication.keys.1 | ${why}`,
    ]);
  });

  it("ring without a key that signs, or with too many", () => {
    const two = { 1: KEY, 2: KEY };
    assert.deepEqual(vrrp({ authentication: { keys: two } }), [
      "vips.web.authentication.active | is missing: nothing says which of 2 keys signs | write one of: 1, 2",
    ]);
    assert.deepEqual(vrrp({ authentication: { keys: two, active: 3 } }), [
      "vips.web.authentication.active | is the id of no key | write one of: 1, 2",
    ]);
    const nine = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => [id, KEY]));
    assert.deepEqual(vrrp({ authentication: { keys: nine, active: 1 } }), [
      "vips.web.authentication.keys | are 9 keys, and a node keeps 8 | remove those that no node signs with",
    ]);
    assert.deepEqual(vrrp({ authentication: { keys: {} } }), [
      `vips.web.authentication.keys | is empty | ${SET}.keys.1`,
    ]);
    assert.deepEqual(vrrp({ authentication: { mode: "permissive", active: 1 } }), [
      "vips.web.authentication.active | is the id of no key: there are no keys beside it, so the stack's own sign | remove it, or set keys",
    ]);
  });

  it("ring in words that there are none of, and shows none of them", () => {
    assert.deepEqual(vrrp({ authentication: { keys: { 1: KEY }, mode: KEY, window: "1", kyes: KEY } }), [
      'vips.web.authentication.mode | is not an authentication mode | write "receive-only", "permissive" or "enforce"',
      "vips.web.authentication.window | is not a replay window | write 1s to 5m, such as 5s",
      "vips.web.authentication.kyes | is no key of the configuration | did you mean keys?",
    ]);
  });

  it("in clear text, and no mode alone: in that there is no secret", () => {
    for (const authentication of ["none", { mode: "permissive" }]) {
      const config = withVip({ ...exampleConfig().vips.web, authentication });
      assert.deepEqual(problemsOf(sourceOf(config, { secretKeys: ["vip-failover:ssh"] })), []);
    }
  });

  it("or a password in clear text", () => {
    for (const vip of [CARP, { ...exampleConfig().vips.web, authentication: KEY }]) {
      const [problem, ...others] = problemsOf(sourceOf(withVip(vip), { secretKeys: ["vip-failover:ssh"] }));
      assert.deepEqual(others, []);
      assert.deepEqual(problem, {
        key: "vip-failover:vips.web.authentication",
        why: "is in the stack's file in clear text, for everybody who reads the repository",
        remedy: `make a new one, and ${SET}`,
      });
    }
  });
});

describe("a stack's configuration refuses what the agent would, in the agent's words:", () => {
  table("write 0ms to 1h, such as 30s", [refused("vips.web.preemptDelay", "2h", "is not a preempt delay")]);
  table("write a whole number from 1 to 255", [refused("vips.web.minimumTtl", 256, "is not a TTL")]);
  table('write a duration from 2s, or "off"', [refused("vips.web.lease", "1s", "is not a lease")]);
  table("write true or false", [refused("vips.web.multicast", "yes", "is not a choice of multicast")]);
  table("write a whole number from 1 to 20", [
    refused(
      "vips.web.announcement",
      { burst: 0 },
      "is not a number of announcements",
      "vips.web.announcement.burst = 0",
    ),
  ]);
  table("did you mean burst?", [
    refused("vips.web.announcement", { bursts: 2 }, "is no key of the configuration", "vips.web.announcement.bursts"),
  ]);
  table("write 10ms to 10s, such as 100ms", [refused("peerLink.heartbeat", "1ms", "is not a heartbeat")]);
  table("write one of daemon, user, local0, local1, local2, local3, local4, local5, local6, local7", [
    refused("logFacility", "kern", "is not a syslog facility"),
  ]);
});

describe("a stack's configuration refuses a hook", () => {
  table("write a program, such as /usr/local/bin/on-master, or a list of it and its arguments", [
    refused("vips.web.hooks.up", "on-master", "does not begin with an absolute path: no shell looks for the program"),
    refused("vips.web.hooks.up", "/bin/x web", "is one text with blanks: no shell takes it apart"),
    refused("vips.web.hooks.down", [], "is neither a path nor a list of texts"),
    refused("vips.web.hooks.prepare", ["/bin/x", 1], "is neither a path nor a list of texts"),
  ]);
  table("write 100ms to 10m, such as 10s", [refused("vips.web.hooks.timeout", "1h", "is not a timeout")]);
});

describe("a stack's configuration refuses an alias", () => {
  table("write an address of the network that is free", [
    refused(
      "vips.web.alias",
      [{ address: "203.0.113.10", interface: "ens4" }, { address: "203.0.113.11" }],
      "is outside the network 10.25.0.0/24",
      'vips.web.alias[1].address = "203.0.113.11"',
    ),
    refused(
      "vips.web.alias",
      [{ address: "10.25.0.10" }],
      'is already that of VIP "web"',
      'vips.web.alias[0].address = "10.25.0.10"',
    ),
  ]);
});

describe("a stack's configuration refuses open metrics", () => {
  table("list the networks that collect them, such as 10.25.0.0/24", [
    refused(
      "metrics",
      { allowFrom: ["0.0.0.0/0"] },
      "is the whole Internet: metrics are not for everybody",
      'metrics.allowFrom[0] = "0.0.0.0/0"',
    ),
  ]);
});
