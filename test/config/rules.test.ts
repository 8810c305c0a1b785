/** What is right in each place of a document and wrong together: every rule, with what it says. */
import assert from "node:assert/strict";
import { certificate } from "../clouds/scriptedApi.ts";
import { API, AUTHENTICATION, KEY, MAIL, PEER_LINK, problemsOf, textOf, WEB, WEB6 } from "./documents.ts";

const UPLINK = { uplink: { ping: "192.0.2.1" } };
const OVH = {
  endpoint: "https://eu.api.ovh.com/1.0",
  project: "0123456789abcdef0123456789abcdef",
  credentials: { clientId: "i", clientSecret: "s", tokenUrl: "https://www.ovh.com/auth/oauth2/token" },
};
const OPENSTACK = {
  authUrl: "https://keystone.example/v3",
  region: "GRA11",
  applicationCredential: { id: "i", secret: "s" },
};
const READABLE =
  "would carry credentials that anybody on the way can read: write https://, or, in a lab, allowPlainHttp: true";
const NO_CA =
  "is not a CA's certificate: write 1 to 32 certificates in PEM, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----";
const GROUP = { name: "gateway", members: ["web", "api"] };

/** By rule: a document that keeps to it, and ones that do not with the one problem of each. */
const RULES: Readonly<
  Record<string, { readonly good: readonly string[]; readonly bad: readonly (readonly [string, string])[] }>
> = {
  "one name, id and address each": {
    good: [
      textOf([WEB, API]),
      textOf([WEB, { ...WEB6, name: "web6" }]),
      textOf([WEB, { ...MAIL, virtualRouterId: 9 }]),
    ],
    bad: [
      [
        textOf([WEB, { ...API, name: "web" }]),
        'virtualRouters[1].name: "web" is the name of virtualRouters[0] already: give each its own',
      ],
      [
        textOf([WEB, { ...MAIL, virtualRouterId: 10 }]),
        'virtualRouters[1].virtualRouterId: 10 over IPv4 is the id of "web" already: give each virtual router of a node its own',
      ],
      [
        textOf([WEB6, { ...WEB6, name: "api", addresses: ["fe80::20/64"] }]),
        'virtualRouters[1].virtualRouterId: 10 over IPv6 is the id of "web" already: give each virtual router of a node its own',
      ],
      [
        textOf([WEB6, { ...WEB6, name: "api", virtualRouterId: 11, addresses: ["FE80:0::10/128"] }]),
        'virtualRouters[1].addresses[0]: fe80::10 is an address of "web" already: list it once',
      ],
      [
        textOf([WEB, { ...API, sourceAddress: "10.26.0.11", peers: ["10.25.0.11"] }]),
        "virtualRouters[1].peers[0]: 10.25.0.11 is this node's own address: list the other members only",
      ],
    ],
  },
  "APIs that nobody reads along with, and CAs that are some": {
    good: [
      textOf([WEB], { ovh: OVH, openstack: OPENSTACK }),
      textOf([WEB], { openstack: { ...OPENSTACK, authUrl: "http://127.0.0.1:5000/v3" } }),
      textOf([WEB], { openstack: { ...OPENSTACK, authUrl: "http://192.0.2.1/v3", allowPlainHttp: true } }),
      textOf([WEB], { openstack: { ...OPENSTACK, ca: certificate("ca") } }),
      textOf([WEB], { ovh: { ...OVH, ca: `two of them\n${certificate("ca")}\n${certificate("server")}` } }),
    ],
    bad: [
      [
        textOf([WEB], { openstack: { ...OPENSTACK, authUrl: "http://192.0.2.1/v3" } }),
        `openstack.authUrl: http://192.0.2.1/v3 ${READABLE}`,
      ],
      [
        textOf([WEB], { ovh: { ...OVH, endpoint: "http://ovh.example/1.0" } }),
        `ovh.endpoint: http://ovh.example/1.0 ${READABLE}`,
      ],
      [
        textOf([WEB], { ovh: { ...OVH, credentials: { ...OVH.credentials, tokenUrl: "http://ovh.example/token" } } }),
        `ovh.credentials.tokenUrl: http://ovh.example/token ${READABLE}`,
      ],
      ...["", "none", certificate("ca").slice(0, -40), `${certificate("ca")}-----BEGIN PRIVATE KEY-----`].map(
        (ca) => [textOf([WEB], { openstack: { ...OPENSTACK, ca } }), `openstack.ca: ${NO_CA}`] as const,
      ),
    ],
  },
  "one IP version": {
    good: [
      textOf([WEB6]),
      textOf([{ ...WEB6, multicast: true, peers: [] }]),
      textOf([{ ...MAIL, ...ipv6(["2001:db8::10/64"]) }]),
    ],
    bad: [
      [
        textOf([{ ...WEB, peers: ["fe80::12"] }]),
        "virtualRouters[0].peers[0]: fe80::12 is not IPv4 as the source 10.25.0.11 is: make it a virtual router of its own",
      ],
      [
        textOf([{ ...WEB6, addresses: ["fe80::10/64", "10.25.0.10/32"] }]),
        "virtualRouters[0].addresses[1]: 10.25.0.10/32 is not IPv6 as the source fe80::11 is: make it a virtual router of its own",
      ],
      [
        textOf([{ ...WEB6, sourceAddress: "2001:db8::11" }]),
        "virtualRouters[0].sourceAddress: 2001:db8::11 is not link-local, as an IPv6 source must be: write the interface's own fe80:: address",
      ],
      [
        textOf([{ ...WEB6, interface: undefined }]),
        'virtualRouters[0].sourceAddress: fe80::11 is link-local, and may be on any link: name its interface in "interface"',
      ],
      [
        textOf([{ ...WEB6, addresses: ["2001:db8::10/64"] }]),
        "virtualRouters[0].addresses[0]: 2001:db8::10 is not link-local, as the first address over IPv6 must be: put one such as fe80::10/64 before it",
      ],
      [
        textOf([{ ...MAIL, peers: [] }]),
        "virtualRouters[0].peers: is empty, so nobody would hear this node: list the own addresses of the other members, or set multicast",
      ],
    ],
  },
  "names that lead somewhere": {
    good: [
      textOf([WEB, API], { syncGroups: [GROUP] }),
      textOf([
        {
          ...WEB,
          authentication: {
            ...AUTHENTICATION,
            keys: [
              { id: 1, secret: KEY },
              { id: 2, secret: KEY },
            ],
          },
        },
      ]),
    ],
    bad: [
      [
        textOf([WEB, API], { syncGroups: [{ ...GROUP, members: ["web", "mail"] }] }),
        'syncGroups[0].members[1]: "mail" is no virtual router of this document: correct the name',
      ],
      [
        textOf([WEB, API, MAIL], { syncGroups: [GROUP, { name: "other", members: ["mail", "api"] }] }),
        'syncGroups[1].members[1]: "api" is in the sync group "gateway" already: put both into one group',
      ],
      [
        textOf([{ ...WEB, authentication: { ...AUTHENTICATION, active: 2 } }]),
        "virtualRouters[0].authentication.active: 2 is the id of no key: it must be one of 1",
      ],
      [
        textOf([
          {
            ...WEB,
            authentication: {
              ...AUTHENTICATION,
              keys: [
                { id: 1, secret: KEY },
                { id: 1, secret: KEY },
              ],
            },
          },
        ]),
        "virtualRouters[0].authentication.keys[1].id: 1 is the id of another key: give each its own",
      ],
    ],
  },
  "checks that are there, matter and end": {
    good: [
      textOf([{ ...WEB, track: { uplink: 60 } }], { checks: UPLINK }),
      textOf([{ ...WEB, priority: 255, track: { uplink: "all" } }], { checks: UPLINK }),
    ],
    bad: [
      [
        textOf([{ ...WEB, track: { uplnk: 60 } }], { checks: UPLINK }),
        'virtualRouters[0].track.uplnk: "uplnk" is no check of this document: add it to checks, or correct the name',
      ],
      [
        textOf([{ ...WEB, priority: 255, track: { uplink: 60 } }], { checks: UPLINK }),
        "virtualRouters[0].track.uplink: is a demotion of the address owner, whose priority is 255 always (RFC 9568 5.2.4): write all, or a priority below 255",
      ],
      [
        textOf([WEB], { checks: { uplink: { ping: "192.0.2.1", every: "1s", timeout: "1s" } } }),
        "checks.uplink.timeout: 1s is not less than the 1s after which the check runs again: shorten it, or check less often",
      ],
    ],
  },
  "states of what is there": {
    good: [textOf([WEB], { checks: UPLINK, states: statesOf("check.uplink.good && role.web.master", { web: 10 }) })],
    bad: [
      [
        textOf([WEB], { states: statesOf("role.web.master", { mail: 10 }) }),
        'states.states.only.demote.mail: "mail" is no virtual router of this document: correct the name',
      ],
    ],
  },
  "shared addresses that a host can have": {
    good: ["10.25.0.10/31", "10.25.0.11/31", "10.25.0.0/32"].map((address) =>
      textOf([{ ...WEB, sourceAddress: "10.25.0.21", addresses: [address] }]),
    ),
    bad: [
      [
        textOf([{ ...WEB, addresses: ["10.25.0.0/24"] }]),
        "virtualRouters[0].addresses[0]: 10.25.0.0/24 is the address of its network: write one that a host can have",
      ],
      [
        textOf([{ ...WEB, addresses: ["10.25.0.10/24", { address: "198.51.100.255/24", interface: "ens4" }] }]),
        "virtualRouters[0].addresses[1]: 198.51.100.255/24 is the broadcast address of its network: write one that a host can have",
      ],
      [
        textOf([{ ...WEB, ...ipv6(["fe80::10/64", "2001:db8::/64"]) }]),
        "virtualRouters[0].addresses[1]: 2001:db8::/64 is the address of all routers of its network: write one that a host can have",
      ],
    ],
  },
  "ports that are the agent's own": {
    good: [
      textOf([WEB], { peerLink: PEER_LINK, metrics: { listen: "10.25.0.11" } }),
      // One port of two addresses is two.
      textOf([WEB], { peerLink: PEER_LINK, metrics: { listen: "10.26.0.11", port: 4112 } }),
    ],
    bad: [
      [
        textOf([WEB], { peerLink: PEER_LINK, metrics: { listen: "10.25.0.11", port: 4112 } }),
        "metrics.port: 4112 is the peer link's port already: write another",
      ],
      [
        textOf([WEB], { metrics: { listen: "10.25.0.11", port: 22 } }),
        "metrics.port: 22 is SSH's port already: write another",
      ],
      [
        textOf([WEB], { peerLink: { ...PEER_LINK, port: 22 } }),
        "peerLink.port: 22 is SSH's port already: write another",
      ],
    ],
  },
  "a peer link to others": {
    good: [textOf([WEB], { peerLink: PEER_LINK })],
    bad: [
      [
        textOf([WEB], { peerLink: { ...PEER_LINK, peers: [{ node: "edge-1", paths: ["10.25.0.12"] }] } }),
        'peerLink.peers[0].node: "edge-1" is this node: list the others only',
      ],
      [
        textOf([WEB], {
          peerLink: { ...PEER_LINK, peers: [...PEER_LINK.peers, { node: "edge-2", paths: ["10.25.0.13"] }] },
        }),
        'peerLink.peers[1].node: "edge-2" is a peer already: list all its paths in one place',
      ],
      [
        textOf([WEB], { peerLink: { ...PEER_LINK, peers: [{ node: "edge-2", paths: ["10.25.0.11"] }] } }),
        "peerLink.peers[0].paths[0]: 10.25.0.11 is an address of this node already: list it once",
      ],
      [
        textOf([WEB], {
          peerLink: { ...PEER_LINK, peers: [...PEER_LINK.peers, { node: "edge-3", paths: ["10.25.0.12"] }] },
        }),
        'peerLink.peers[1].paths[0]: 10.25.0.12 is an address of "edge-2" already: list it once',
      ],
    ],
  },
};

function ipv6(addresses: readonly string[]): object {
  return { interface: "eth0", sourceAddress: "fe80::11", peers: ["fe80::12"], addresses };
}

function statesOf(condition: string, demote: object): object {
  return { states: { only: { demote, body: [{ if: condition, then: [{ run: ["/bin/true"] }] }] } } };
}

for (const [rule, { good, bad }] of Object.entries(RULES)) {
  describe(`a document has ${rule}`, () => {
    for (const [index, text] of good.entries()) {
      it(`so is ${index + 1} of ${good.length}`, () => {
        assert.deepEqual(problemsOf(text), []);
      });
    }
    for (const [text, problem] of bad) {
      it(problem, () => {
        assert.deepEqual(problemsOf(text), [problem]);
      });
    }
  });
}

describe("the problems of a document", () => {
  it("come in its order: virtual routers one by one, checks, sync groups, states, peer link", () => {
    const text = textOf(
      [
        { ...WEB, track: { none: 1 } },
        { ...API, name: "web", peers: ["10.25.0.20"] },
      ],
      {
        checks: { uplink: { ping: "192.0.2.1", every: "1s", timeout: "2s" } },
        syncGroups: [{ name: "gateway", members: ["web", "mail"] }],
        peerLink: { ...PEER_LINK, peers: [{ node: "edge-1", paths: ["10.25.0.12"] }] },
      },
    );
    assert.deepEqual(
      problemsOf(text).map((problem) => problem.slice(0, problem.indexOf(":"))),
      [
        "virtualRouters[0].track.none",
        "virtualRouters[1].name",
        "virtualRouters[1].peers[0]",
        "checks.uplink.timeout",
        "syncGroups[0].members[1]",
        "peerLink.peers[0].node",
      ],
    );
  });
});
