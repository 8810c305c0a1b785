/** Every field of a document beyond those of a plain VRRP router: its bounds, its defaults, and what is said beyond them. */
import assert from "node:assert/strict";
import { API, AUTHENTICATION, configFrom, KEY, MAIL, PEER_LINK, problemsOf, textOf, WEB } from "./documents.ts";

const number = (what: string, min: number, max: number): string =>
  `is not ${what}: write a whole number from ${min} to ${max}`;
const choice = (what: string): string => `is not ${what}: write true or false`;
const EXAMPLE = "such as";
const PROGRAM = 'a program with its arguments, such as ["/usr/local/bin/on-master", "web"]';
const SECRET =
  "is not a key of 32 to 64 octets: write the key in hexadecimal, 64 to 128 digits, such as `openssl rand -hex 32` prints";
const NO_CHECK = 'track.uplink: "uplink" is no check of this document: add it to checks, or correct the name';
const LINK_KEY = "is not a key: write 64 to 256 hexadecimal digits, such as `openssl rand -hex 32` prints";

/** One document a line: what is changed, and the problems it has, after their place; what follows from the first comes after it. */
type Cases = readonly (readonly [change: object, ...problems: string[]])[];

function refuses(what: string, at: string, text: (change: object) => string, cases: Cases): void {
  describe(`${what} is refused`, () => {
    for (const [change, ...problems] of cases) {
      it(`${at}${problems[0] ?? ""}`, () => {
        assert.deepEqual(
          problemsOf(text(change)),
          problems.map((problem) => `${at}${problem}`),
        );
      });
    }
  });
}

function takes(what: string, text: (change: object) => string, changes: readonly object[]): void {
  describe(`${what} is good`, () => {
    for (const change of changes) {
      it(JSON.stringify(change), () => {
        assert.deepEqual(problemsOf(text(change)), []);
      });
    }
  });
}

const vrrp = (change: object): string => textOf([{ ...WEB, ...change }]);
takes("a virtual router", vrrp, [
  { preemptDelay: "0s", startupDelay: "1h", minimumTtl: 1, lease: "off" },
  { preemptDelay: "1h", startupDelay: "0s", minimumTtl: 255, lease: "2s", multicast: true, peers: [] },
  { lease: "1h", acceptMode: false, virtualMac: true },
  { addresses: ["10.25.0.10/32", { address: "198.51.100.10/24", interface: "ens4", preferredSource: true }] },
  {
    hooks: {
      prepare: ["/bin/true"],
      prepareTimeout: "10ms",
      up: ["/bin/true", "web"],
      down: ["/bin/true"],
      timeout: "10m",
    },
  },
]);
refuses("a virtual router", "virtualRouters[0].", vrrp, [
  [{ preemptDelay: "61m" }, `preemptDelay: "61m" is not a preempt delay: write 0ms to 1h, ${EXAMPLE} 30s`],
  [{ preemptDelay: 30 }, `preemptDelay: 30 is not a preempt delay: write 0ms to 1h, ${EXAMPLE} 30s`],
  [{ startupDelay: "-1s" }, `startupDelay: "-1s" is not a start-up delay: write 0ms to 1h, ${EXAMPLE} 10s`],
  [{ minimumTtl: 256 }, `minimumTtl: 256 ${number("a TTL", 1, 255)}`],
  [{ lease: "2500ms" }, 'lease: "2500ms" is not a lease: write a duration from 2s, or "off"'],
  [{ lease: false }, 'lease: false is not a lease: write a duration from 2s, or "off"'],
  [{ acceptMode: "yes" }, `acceptMode: "yes" ${choice("an accept mode")}`],
  [{ virtualMac: 1 }, `virtualMac: 1 ${choice("a choice of the MAC")}`],
  ...["", "..", "a/b", "a b", "a:b", "sixteencharacter", "\u00e4".repeat(8)].map((name): Cases[number] => [
    { interface: name },
    `interface: ${JSON.stringify(name)} is not the name of an interface: write an interface such as ens3, 1 to 15 characters without blanks, "/" and ":"`,
  ]),
  [
    { hooks: { up: ["on-master"] } },
    'hooks.up: ["on-master"] is not a hook: write a program by its absolute path, such as ["/usr/local/bin/on-master", "web"]',
  ],
  [{ track: { uplink: 0 } }, `track.uplink: 0 ${number("a demotion", 1, 254)}`, NO_CHECK],
  [{ track: { uplink: 255 } }, `track.uplink: 255 ${number("a demotion", 1, 254)}`, NO_CHECK],
  [{ track: { uplink: "some" } }, 'track.uplink: "some" is not a demotion: write 1 to 254, or "all"'],
  [{ track: ["uplink"] }, 'track: ["uplink"] is not what is tracked: write { "uplink": 60, "service": "all" }'],
  [{ hooks: { up: "/bin/true" } }, `hooks.up: "/bin/true" is not a hook: write ${PROGRAM}`],
  [{ hooks: { up: [] } }, `hooks.up: [] is not a hook: write ${PROGRAM}`],
  [{ hooks: { timeout: "99ms" } }, `hooks.timeout: "99ms" is not a timeout: write 100ms to 10m, ${EXAMPLE} 10s`],
  [
    { hooks: { prepareTimeout: "11s" } },
    `hooks.prepareTimeout: "11s" is not a timeout: write 10ms to 10s, ${EXAMPLE} 500ms`,
  ],
  [{ hooks: { left: ["/bin/true"] } }, "hooks.left: is no key of this document: remove or correct it"],
  [
    { addresses: [{ address: "198.51.100.10", interface: "ens4" }] },
    'addresses[0]: {"address":"198.51.100.10","interface":"ens4"} is not a shared address: write an address with its prefix length, or { "address": "198.51.100.10/32", "interface": "ens4" }',
  ],
]);

const carp = (change: object): string => textOf([{ ...MAIL, ...change }]);
takes("a CARP host", carp, [
  { advertisementBase: 0, advertisementSkew: 254, virtualRouterId: 255, dialect: "ucarp" },
  { advertisementBase: 254, advertisementSkew: 0, password: "é".repeat(9) },
]);
refuses("a CARP host", "virtualRouters[0].", carp, [
  [{ advertisementBase: 255 }, `advertisementBase: 255 ${number("an advertisement base", 0, 254)}`],
  [{ advertisementBase: "1s" }, `advertisementBase: "1s" ${number("an advertisement base", 0, 254)}`],
  [{ advertisementSkew: -1 }, `advertisementSkew: -1 ${number("an advertisement skew", 0, 254)}`],
  [{ dialect: "freebsd" }, 'dialect: "freebsd" is not a dialect of CARP: write "openbsd" or "ucarp"'],
  [{ password: undefined }, "password: is not a CARP password: write 1 to 19 octets"],
  [{ password: "é".repeat(10) }, "password: is not a CARP password: write 1 to 19 octets"],
  [{ priority: 100 }, "priority: is no key of this document: remove or correct it"],
]);

const signed = (change: object): string => textOf([{ ...WEB, authentication: { ...AUTHENTICATION, ...change } }]);
takes("an authentication", signed, [
  { mode: "receive-only", replay: "monotonic", window: "1s" },
  { mode: "permissive", window: "5m", keys: [{ id: 1, secret: "ab".repeat(64) }] },
]);
refuses("an authentication", "virtualRouters[0].authentication.", signed, [
  [{ mode: "on" }, 'mode: "on" is not an authentication mode: write "receive-only", "permissive" or "enforce"'],
  [
    { active: 0 },
    `active: 0 ${number("the id of the signing key", 1, 255)}`,
    "active: 0 is the id of no key: it must be one of 1",
  ],
  [{ replay: "none" }, 'replay: "none" is not a replay protection: write "time" or "monotonic"'],
  [{ window: "0s" }, `window: "0s" is not a replay window: write 1s to 5m, ${EXAMPLE} 5s`],
  [{ keys: [] }, 'keys: is not a list of keys: write 1 to 8 of { "id": 1, "secret": "..." }'],
  [
    { keys: [{ id: 256, secret: KEY }] },
    `keys[0].id: 256 ${number("a key id", 1, 255)}`,
    "active: 1 is the id of no key: it must be one of 256",
  ],
  [{ keys: [{ id: 1, secret: KEY.slice(2) }] }, `keys[0].secret: ${SECRET}`],
  [{ keys: [{ id: 1, secret: `${KEY}a` }] }, `keys[0].secret: ${SECRET}`],
  [{ keys: [{ id: 1, secret: "correct horse battery staple" }] }, `keys[0].secret: ${SECRET}`],
]);

const checked = (uplink: unknown): string => textOf([WEB], { checks: { uplink } });
const KINDS = "an object with one of link, address, defaultRoute, ping, tcp, http, command, process, file";
takes("a check", checked, [
  { link: "ens4", debounce: "500ms", initially: "failed" },
  { address: "2001:db8::1", interface: "ens4" },
  { defaultRoute: 6 },
  { ping: "192.0.2.1", interface: "ens3", every: "100ms", timeout: "10ms", rise: 1, fall: 100 },
  { tcp: { host: "localhost", port: 65_535 } },
  { http: "https://[2001:db8::1]:8443/health", status: [204], contains: "ok" },
  { command: ["/usr/local/bin/is-good"] },
  { process: "nginx" },
  { file: "/run/ready", absent: true },
]);
refuses("a check", "checks.uplink", checked, [
  [{ pong: "192.0.2.1" }, `: {"pong":"192.0.2.1"} is not a check: write ${KINDS}`],
  [{ ping: "192.0.2.1", link: "ens4" }, `: {"ping":"192.0.2.1","link":"ens4"} is not a check: write ${KINDS}`],
  [{ ping: "example.org" }, '.ping: "example.org" is not an IP address that a host can have: write an address to ping'],
  [
    { ping: "192.0.2.1", every: "99ms" },
    `.every: "99ms" is not an interval of a check: write 100ms to 1h, ${EXAMPLE} 10s`,
  ],
  [
    { ping: "192.0.2.1", timeout: "1ms" },
    `.timeout: "1ms" is not a timeout of a check: write 10ms to 10m, ${EXAMPLE} 2s`,
  ],
  [{ ping: "192.0.2.1", rise: 0 }, `.rise: 0 ${number("a number of successes", 1, 100)}`],
  [{ ping: "192.0.2.1", fall: 101 }, `.fall: 101 ${number("a number of failures", 1, 100)}`],
  [{ ping: "192.0.2.1", initially: "bad" }, '.initially: "bad" is not a start state: write "good" or "failed"'],
  [{ link: "ens4", debounce: "61s" }, `.debounce: "61s" is not a debounce: write 0ms to 1m, ${EXAMPLE} 500ms`],
  [{ link: "ens4", every: "1s" }, ".every: is no key of this document: remove or correct it"],
  [{ defaultRoute: 5 }, ".defaultRoute: 5 is not an IP version: write 4 or 6"],
  [{ tcp: "127.0.0.1:80" }, '.tcp: "127.0.0.1:80" is not a port to reach: write { "host": "127.0.0.1", "port": 80 }'],
  [{ tcp: { host: "127.0.0.1", port: 0 } }, `.tcp.port: 0 ${number("a port", 1, 65_535)}`],
  [
    { http: "ftp://127.0.0.1/" },
    `.http: "ftp://127.0.0.1/" is not a URL: write one ${EXAMPLE} http://127.0.0.1/health`,
  ],
  [{ http: "http://127.0.0.1/", status: [99] }, `.status[0]: 99 ${number("an HTTP status", 100, 599)}`],
  [{ command: "true" }, `.command: "true" is not a command of a check: write ${PROGRAM}`],
  [
    { file: "ready" },
    '.file: "ready" is not a path of a file: write one that begins with /, such as /run/failover/ready',
  ],
]);

const whole = (more: object): string => textOf([WEB, API], more);
takes("the rest of a document", whole, [
  { syncGroups: [{ name: "gateway", members: ["web", "api"] }] },
  { peerLink: { ...PEER_LINK, port: 65_535, heartbeat: "10ms", missed: 2 } },
  { peerLink: { ...PEER_LINK, heartbeat: "10s", missed: 100, key: "ab".repeat(128) } },
  { peerLink: { ...PEER_LINK, keyNumber: 2, otherKeys: [1, 3].map((number) => ({ number, key: "cd".repeat(32) })) } },
  { metrics: { listen: "10.25.0.11" } },
  { metrics: { listen: "2001:db8::11", port: 1 } },
  { logFacility: "local7" },
]);
refuses("the rest of a document", "", whole, [
  [{ checks: [] }, 'checks: [] is not checks: write { "uplink": { "ping": "192.0.2.1" } }'],
  [{ syncGroups: {} }, "syncGroups: {} is not a list of sync groups: write a list of { name, members }"],
  [
    { syncGroups: [{ name: "gateway", members: ["web"] }] },
    'syncGroups[0].members: ["web"] is not a list of virtual routers: write the names of 2 or more virtual routers',
  ],
  [{ peerLink: { ...PEER_LINK, key: "ab" } }, `peerLink.key: ${LINK_KEY}`],
  [{ peerLink: { ...PEER_LINK, keyNumber: 0 } }, `peerLink.keyNumber: 0 ${number("a key's number", 1, 1_000_000)}`],
  [{ peerLink: { ...PEER_LINK, otherKeys: [{ number: 2, key: "ab" }] } }, `peerLink.otherKeys[0].key: ${LINK_KEY}`],
  [
    { peerLink: { ...PEER_LINK, otherKeys: [{ number: 1, key: "cd".repeat(32) }] } },
    "peerLink.otherKeys[0].number: 1 is the number of another key: number each key differently",
  ],
  [
    { peerLink: { ...PEER_LINK, heartbeat: "9ms" } },
    `peerLink.heartbeat: "9ms" is not a heartbeat: write 10ms to 10s, ${EXAMPLE} 100ms`,
  ],
  [{ peerLink: { ...PEER_LINK, missed: 1 } }, `peerLink.missed: 1 ${number("a number of heartbeats", 2, 100)}`],
  [{ peerLink: { ...PEER_LINK, port: 0 } }, `peerLink.port: 0 ${number("a port", 1, 65_535)}`],
  [
    { peerLink: { ...PEER_LINK, listen: [] } },
    "peerLink.listen: [] is not a list of own addresses: write 1 to 4 addresses",
  ],
  [
    { peerLink: { ...PEER_LINK, peers: [] } },
    "peerLink.peers: [] is not a list of peers: write the 1 to 254 other nodes",
  ],
  [
    { peerLink: { ...PEER_LINK, peers: ["edge-2"] } },
    'peerLink.peers[0]: "edge-2" is not a peer: write { "node": "edge-2", "paths": ["10.25.0.12"] }',
  ],
  [{ metrics: true }, 'metrics: true is not where metrics are served: write { "listen": "10.25.0.11", "port": 9112 }'],
  [
    { metrics: { listen: "0.0.0.0" } },
    'metrics.listen: "0.0.0.0" is not an IP address that a host can have: write an own address, such as 10.25.0.11',
  ],
  [
    { logFacility: "kern" },
    'logFacility: "kern" is not a syslog facility: write one of daemon, user, local0, local1, local2, local3, local4, local5, local6, local7',
  ],
]);

describe("what a document leaves out", () => {
  it("has its defaults", () => {
    const { peerLink, metrics, syncGroups, checks, logFacility } = configFrom(
      whole({
        peerLink: PEER_LINK,
        metrics: { listen: "10.25.0.11" },
        checks: { uplink: { ping: "192.0.2.1" }, cable: { link: "ens3" } },
      }),
    );
    assert.deepEqual([peerLink?.port, peerLink?.heartbeat, peerLink?.missed], [4_112, 100_000, 3]);
    assert.deepEqual([metrics?.port, syncGroups, logFacility], [9_112, [], undefined]);
    assert.deepEqual(checks, {
      uplink: { kind: "ping", ping: "192.0.2.1", every: 10_000_000, rise: 2, fall: 2, initially: "good" },
      cable: { kind: "link", link: "ens3", debounce: 0, initially: "good" },
    });
  });

  it("is an authentication by time, and a CARP host as OpenBSD has it", () => {
    const [router, host] = configFrom(textOf([{ ...WEB, authentication: AUTHENTICATION }, MAIL])).virtualRouters;
    assert.ok(router?.protocol === "vrrp" && host?.protocol === "carp");
    assert.deepEqual([router.authentication?.replay, router.authentication?.window], ["time", undefined]);
    assert.deepEqual([host.advertisementBase, host.advertisementSkew, host.dialect], [1, 0, "openbsd"]);
  });

  it("is an address as text, in its canonical form", () => {
    const [router] = configFrom(textOf([{ ...WEB, addresses: ["10.25.0.10/32"] }])).virtualRouters;
    assert.deepEqual(router?.addresses, [{ address: "10.25.0.10/32", preferredSource: false }]);
    const six = { interface: "eth0", sourceAddress: "FE80:0::11", peers: ["fe80::0:12"], addresses: ["FE80::0010/64"] };
    const [router6] = configFrom(textOf([{ ...WEB, ...six }])).virtualRouters;
    assert.deepEqual(
      [router6?.sourceAddress, router6?.peers, router6?.addresses[0]?.address],
      ["fe80::11", ["fe80::12"], "fe80::10/64"],
    );
  });
});
