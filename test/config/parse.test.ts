import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAgentConfig } from "../../agent/config/parse.ts";

const WEB = {
  name: "web",
  protocol: "vrrp",
  virtualRouterId: 10,
  priority: 200,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12"],
  addresses: ["10.25.0.10/32"],
};
const API = { ...WEB, name: "api", virtualRouterId: 11, addresses: ["10.25.0.20/32"] };

function documentOf(...virtualRouters: readonly object[]): string {
  return JSON.stringify({ version: 1, node: "edge-1", virtualRouters });
}

function problemsOf(text: string): readonly string[] {
  const parsed = parseAgentConfig(text);
  return parsed.ok ? [] : parsed.problems;
}

describe("an agent.json", () => {
  it("is parsed, with defaults filled in and durations in microseconds", () => {
    assert.deepEqual(parseAgentConfig(documentOf({ ...WEB, advertisementInterval: "100ms" })), {
      ok: true,
      config: {
        version: 1,
        node: "edge-1",
        virtualRouters: [
          {
            ...WEB,
            addresses: [{ address: "10.25.0.10/32", preferredSource: false }],
            advertisementInterval: 100_000,
            preempt: true,
            preemptDelay: 0,
            startupDelay: 0,
            multicast: false,
            minimumTtl: 255,
            acceptMode: true,
            publicAddresses: [],
            virtualMac: false,
            announcement: { burst: 5, spacing: 200_000, refresh: 10_000_000 },
            track: {},
            hooks: { prepareTimeout: 500_000, timeout: 10_000_000 },
          },
        ],
        checks: {},
        syncGroups: [],
      },
    });
  });

  it("may have several virtual routers, on one interface or on several", () => {
    const inside = { ...API, sourceAddress: "10.26.0.11", peers: ["10.26.0.12"], addresses: ["10.26.0.10/24"] };
    assert.deepEqual(problemsOf(documentOf(WEB, API)), []);
    assert.deepEqual(problemsOf(documentOf(WEB, inside)), []);
  });

  const limits: readonly object[] = [
    { priority: 1, virtualRouterId: 1, advertisementInterval: "10ms" },
    { priority: 255, virtualRouterId: 255, advertisementInterval: "40.95s" },
    { announcement: { burst: 20, spacing: "1ms", refresh: "1h" } },
    { addresses: ["10.25.0.10/1"], peers: ["223.255.255.255"] },
  ];
  for (const limit of limits) {
    it(`may have ${JSON.stringify(limit)}`, () => {
      assert.deepEqual(problemsOf(documentOf({ ...WEB, ...limit })), []);
    });
  }
});

describe("a CARP host of an agent.json", () => {
  const HOST = {
    ...{ name: "web", protocol: "carp", virtualRouterId: 1, password: "test-vector" },
    ...{ sourceAddress: "10.25.0.11", peers: ["10.25.0.12"], addresses: ["10.25.0.10/32"] },
  };

  it("has OpenBSD's defaults: advbase 1, advskew 0 [C10-b:+]", () => {
    const parsed = parseAgentConfig(documentOf(HOST));
    assert.ok(parsed.ok);
    const [host] = parsed.config.virtualRouters;
    assert.ok(host?.protocol === "carp");
    assert.deepEqual([host.advertisementBase, host.advertisementSkew, host.dialect], [1, 0, "openbsd"]);
  });

  for (const change of [
    { advertisementBase: 255 },
    { advertisementBase: 256 },
    { advertisementSkew: 255 },
    { advertisementSkew: 256 },
    { virtualRouterId: 0 },
    { password: "" },
    { password: "x".repeat(20) },
    { password: "a\0b" },
  ]) {
    it(`is refused with ${JSON.stringify(change)}, and not cut to what fits [C10-c:-]`, () => {
      const problems = problemsOf(documentOf({ ...HOST, ...change }));
      assert.equal(problems.length, 1);
    });
  }

  it("never has its password in a problem", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 20, maxLength: 60 }), (password) => {
        const problems = problemsOf(documentOf({ ...HOST, password }));
        assert.ok(problems.every((problem) => !problem.includes(password)));
        assert.equal(problems.length, 1);
      }),
    );
  });
});

describe("a problem of an agent.json names its place, the value, why, and what to write", () => {
  const at = (problem: string) => `virtualRouters[0].${problem}`;
  const priority = "is not a priority: write a whole number from 1 to 255";
  const interval = "is not an advertisement interval: write 10ms to 40950ms in steps of 10ms, such as 1s";
  const own = "write this node's own address on the segment, such as 10.25.0.11";
  const shared =
    'is not a shared address: write an address with its prefix length, or { "address": "198.51.100.10/32", "interface": "ens4" }';
  const notAHost = "is not an IP address that a host can have";
  const aPeer = "write the own address of another member, such as 10.25.0.12";

  const problems: readonly (readonly [change: object, problem: string])[] = [
    [{ priority: 0 }, at(`priority: 0 ${priority}`)],
    [{ priority: 256 }, at(`priority: 256 ${priority}`)],
    [{ priority: 1.5 }, at(`priority: 1.5 ${priority}`)],
    [{ priority: "high" }, at(`priority: "high" ${priority}`)],
    [{ priority: null }, at(`priority: null ${priority}`)],
    [{ priority: undefined }, at("priority: is missing: write a whole number from 1 to 255")],
    [{ virtualRouterId: 0 }, at("virtualRouterId: 0 is not a virtual router id: write a whole number from 1 to 255")],
    [
      { virtualRouterId: 256 },
      at("virtualRouterId: 256 is not a virtual router id: write a whole number from 1 to 255"),
    ],
    [{ advertisementInterval: "9ms" }, at(`advertisementInterval: "9ms" ${interval}`)],
    [{ advertisementInterval: "15ms" }, at(`advertisementInterval: "15ms" ${interval}`)],
    [{ advertisementInterval: "41s" }, at(`advertisementInterval: "41s" ${interval}`)],
    [{ advertisementInterval: "fast" }, at(`advertisementInterval: "fast" ${interval}`)],
    [{ advertisementInterval: 1 }, at(`advertisementInterval: 1 ${interval}`)],
    [{ preempt: "yes" }, at('preempt: "yes" is not a preempt mode: write true or false')],
    [{ name: "" }, at('name: "" is not the name of a virtual router: write 1 to 64 characters, such as web')],
    [{ sourceAddress: undefined }, at(`sourceAddress: is missing: ${own}`)],
    [{ sourceAddress: "10.25.0.256" }, at(`sourceAddress: "10.25.0.256" ${notAHost}: ${own}`)],
    [{ sourceAddress: "0.0.0.0" }, at(`sourceAddress: "0.0.0.0" ${notAHost}: ${own}`)],
    [{ sourceAddress: "127.0.0.1" }, at(`sourceAddress: "127.0.0.1" ${notAHost}: ${own}`)],
    [{ sourceAddress: "224.0.0.18" }, at(`sourceAddress: "224.0.0.18" ${notAHost}: ${own}`)],
    [{ sourceAddress: "ff02::12" }, at(`sourceAddress: "ff02::12" ${notAHost}: ${own}`)],
    [
      { peers: [] },
      at(
        "peers: is empty, so nobody would hear this node: list the own addresses of the other members, or set multicast",
      ),
    ],
    [{ lease: "1s" }, at('lease: "1s" is not a lease: write a duration from 2s, or "off"')],
    [{ multicast: 1 }, at("multicast: 1 is not a choice of multicast: write true or false")],
    [{ minimumTtl: 0 }, at("minimumTtl: 0 is not a TTL: write a whole number from 1 to 255")],
    [{ track: { uplink: true } }, at('track.uplink: true is not a demotion: write 1 to 254, or "all"')],
    [
      { track: { uplink: 10 } },
      at('track.uplink: "uplink" is no check of this document: add it to checks, or correct the name'),
    ],
    [{ peers: ["edge-2"] }, at(`peers[0]: "edge-2" ${notAHost}: ${aPeer}`)],
    [
      { peers: ["10.25.0.12", "10.25.0.11"] },
      at("peers[1]: 10.25.0.11 is this node's own address: list the other members only"),
    ],
    [{ peers: ["10.25.0.10"] }, at("peers[0]: 10.25.0.10 is a shared address: write the member's own")],
    [{ peers: ["10.25.0.12", "10.25.0.12"] }, at("peers[1]: 10.25.0.12 is a peer already: list it once")],
    [
      { addresses: [] },
      at("addresses: [] is not a list of shared addresses: write 1 to 20 addresses with their prefix lengths"),
    ],
    [{ addresses: ["10.25.0.10"] }, at(`addresses[0]: "10.25.0.10" ${shared}`)],
    [{ addresses: ["10.25.0.10/0"] }, at(`addresses[0]: "10.25.0.10/0" ${shared}`)],
    [{ addresses: ["10.25.0.10/33"] }, at(`addresses[0]: "10.25.0.10/33" ${shared}`)],
    [{ addresses: ["10.25.0.10/24/24"] }, at(`addresses[0]: "10.25.0.10/24/24" ${shared}`)],
    [
      { addresses: ["10.25.0.11/32"] },
      at(
        "addresses[0]: 10.25.0.11/32 is this node's own address, which it must keep as a backup: take another as the shared one",
      ),
    ],
    [
      { addresses: ["10.25.0.10/32", "10.25.0.10/24"] },
      at('addresses[1]: 10.25.0.10 is an address of "web" already: list it once'),
    ],
    [
      { announcement: { burst: 0 } },
      at("announcement.burst: 0 is not a number of announcements: write a whole number from 1 to 20"),
    ],
    [
      { announcement: { spacing: "0s" } },
      at('announcement.spacing: "0s" is not a time between announcements: write 1ms to 10s, such as 200ms'),
    ],
    [
      { announcement: { refresh: "100ms" } },
      at('announcement.refresh: "100ms" is not a time between refreshes: write 1s to 1h, such as 10s'),
    ],
    [
      { announcement: true },
      at(
        'announcement: true is not a plan of announcements: write { "burst": 5, "spacing": "200ms", "refresh": "10s" }',
      ),
    ],
    [{ announcement: { bursts: 5 } }, at("announcement.bursts: is no key of this document: remove or correct it")],
    [{ prioritty: 100 }, at("prioritty: is no key of this document: remove or correct it")],
  ];
  for (const [change, problem] of problems) {
    it(problem, () => {
      assert.deepEqual(problemsOf(documentOf({ ...WEB, ...change })), [problem]);
    });
  }

  const between: readonly (readonly [text: string, problem: string])[] = [
    [
      documentOf(WEB, { ...API, name: "web" }),
      'virtualRouters[1].name: "web" is the name of virtualRouters[0] already: give each its own',
    ],
    [
      documentOf(WEB, { ...API, virtualRouterId: 10 }),
      'virtualRouters[1].virtualRouterId: 10 over IPv4 is the id of "web" already: give each virtual router of a node its own',
    ],
    [
      documentOf(WEB, { ...API, addresses: ["10.25.0.10/24"] }),
      'virtualRouters[1].addresses[0]: 10.25.0.10 is an address of "web" already: list it once',
    ],
    ["[]", "the document: [] is not a configuration: write an object with version, node and virtualRouters"],
    ['{"a":\n}', "line 2, column 1: this is not JSON: expected a value here"],
    ["", "line 1, column 1: this is not JSON: expected a value here"],
    [
      JSON.stringify({ version: 2, node: "edge-1", virtualRouters: [WEB] }),
      "version: 2 is not a version of this document that the agent knows: write 1",
    ],
    [
      JSON.stringify({ version: 1, node: "x".repeat(65), virtualRouters: [WEB] }),
      `node: "${"x".repeat(59)}… is not the name of a node: write 1 to 64 characters, such as edge-1`,
    ],
    [documentOf(), "virtualRouters: [] is not a list of virtual routers: write 1 to 255 of them"],
    [
      documentOf([1]),
      'virtualRouters[0]: [1] is not a virtual router: write an object whose protocol is "vrrp" or "carp"',
    ],
  ];
  for (const [text, problem] of between) {
    it(problem, () => {
      assert.deepEqual(problemsOf(text), [problem]);
    });
  }

  it("comes with all the others, virtual router by virtual router", () => {
    const text = documentOf({ ...WEB, priority: 0, peers: "none" }, { ...API, virtualRouterId: 300 });
    assert.deepEqual(
      problemsOf(text).map((problem) => problem.split(":")[0]),
      ["virtualRouters[0].peers", "virtualRouters[0].priority", "virtualRouters[1].virtualRouterId"],
    );
  });

  it("is one line each, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.jsonValue().map((value) => documentOf({ ...WEB, name: value })),
        ),
        (text) => {
          const parsed = parseAgentConfig(text);
          if (parsed.ok) return;
          assert.ok(parsed.problems.length > 0);
          assert.ok(parsed.problems.every((problem) => !problem.includes("\n") && problem.length > 0));
        },
      ),
    );
  });
});
