/** The status for people, line by line. */
import assert from "node:assert/strict";
import { statusText } from "../../agent/cli/text/statusText.ts";
import { coloured } from "../../agent/cli/text/table.ts";
import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import type { VirtualRouterStatus } from "../../agent/virtualRouter/status.ts";
import { agentStatus, claim, peerView, routerStatus } from "../support/statuses.ts";

const NOW = Date.parse("2026-11-21T06:00:30.000Z");

const BACKUP = routerStatus({
  name: "mail",
  virtualRouterId: 200,
  role: "backup",
  since: "2026-11-21T02:00:00.000Z",
  claim: claim({ protocol: "vrrp", priority: 90 }),
  masterAddress: "10.25.0.12",
  lastTransition: { from: "initialize", to: "backup", reason: "startup", at: "2026-11-21T02:00:00.000Z" },
  peers: [{ address: "10.25.0.12", lastHeardAgoMs: 440, priority: 200, claim: { protocol: "vrrp", priority: 200 } }],
  addresses: ["10.25.0.20/32", "10.25.0.21/32"],
  addressesPresent: false,
});

function linesOf(changes: Partial<AgentStatus>): string[] {
  return statusText(agentStatus(changes), NOW).split("\n");
}

function rowOf(router: Partial<VirtualRouterStatus>): string {
  return linesOf({ virtualRouters: [routerStatus(router)] })[3] ?? "";
}

describe("status for people", () => {
  it("suspects nothing of a silent member that the peer link knows to be a backup", () => {
    const text = linesOf({ peerLink: { peers: [peerView()], refusals: {}, secondMasters: [] } }).join("\n");
    assert.match(text, /^web: peer 10\.25\.0\.12 silent: edge-2 is not master$/m);
    assert.doesNotMatch(text, /no advertisements received/);
  });

  it("suspects a silent member that the peer link has lost, or that is master too", () => {
    const [view] = peerView().routers;
    const isMaster = peerView({ routers: view === undefined ? [] : [{ ...view, role: "master" }] });
    for (const peer of [peerView({ state: "lost" }), isMaster]) {
      const text = linesOf({ peerLink: { peers: [peer], refusals: {}, secondMasters: [] } }).join("\n");
      assert.match(text, /^web: no advertisements received\..*\n {5}IP protocol 112 does not pass/m);
    }
  });

  it("is a table of virtual routers of both protocols, with whom they hear", () => {
    const carp = routerStatus({
      name: "api",
      protocol: "carp",
      virtualRouterId: 7,
      role: "backup",
      priority: null,
      claim: {
        configured: { protocol: "carp", advertisementBase: 1, advertisementSkew: 100, demotion: 0 },
        effective: { protocol: "carp", advertisementBase: 1, advertisementSkew: 100, demotion: 10 },
        demotion: 10,
        held: null,
      },
      addressesPresent: false,
      peers: [
        {
          address: "10.25.0.12",
          lastHeardAgoMs: 100,
          priority: null,
          claim: { protocol: "carp", advertisementBase: 1, advertisementSkew: 0, demotion: 0 },
        },
      ],
    });
    assert.deepEqual(linesOf({ virtualRouters: [routerStatus(), BACKUP, carp] }), [
      "edge-1: failover-agent 1.2.3, configuration 0123456789ab, up 30m0s",
      "",
      "VIRTUAL ROUTER  PROTOCOL  ID   ROLE    SINCE                         CLAIM                   MASTER      ADDRESSES                             WHY",
      "web             vrrp      10   master  2026-11-21T05:59:00Z (1m30s)  200                     this node   10.25.0.10/32 held                    no master was heard in time",
      "mail            vrrp      200  backup  2026-11-21T02:00:00Z (4h0m)   90                      10.25.0.12  10.25.0.20/32 10.25.0.21/32 not held  started",
      "api             carp      7    backup  2026-11-21T05:59:00Z (1m30s)  1s+100/256s demoted 10  10.25.0.11  10.25.0.10/32 not held                no master was heard in time",
      "",
      "web: peer 10.25.0.12 never heard",
      "web: no advertisements received. Normal: backups are silent. If another node reports master too,",
      "     IP protocol 112 does not pass between the two: check security groups and firewalls.",
      "mail: peer 10.25.0.12 heard 0.4s ago, priority 200",
      "api: peer 10.25.0.12 heard 0.1s ago, 1s+0/256s",
    ]);
  });

  it("says until when a start-up delay lasts", () => {
    const waiting = routerStatus({ role: "initialize", startsAt: "2026-11-21T06:10:00.500Z" });
    const lines = linesOf({ virtualRouters: [waiting] });
    assert.ok(
      lines.includes("web: waits out its startupDelay, takes part from 2026-11-21T06:10:00Z on"),
      lines.join("\n"),
    );
  });

  it("says when a master lacks its address", () => {
    assert.match(rowOf({ addressesPresent: false }), /10\.25\.0\.10\/32 MISSING/);
  });

  it("does not know a master that was not heard", () => {
    assert.match(rowOf({ role: "backup", masterAddress: null }), / not heard /);
  });

  it("says how far a demotion goes, and why a node may not be master", () => {
    const demoted = {
      ...claim({ protocol: "vrrp", priority: 200 }),
      effective: { protocol: "vrrp", priority: 140 } as const,
    };
    assert.match(rowOf({ claim: { ...demoted, demotion: 60 } }), / 140 of 200 /);
    const held = routerStatus({ role: "initialize", claim: { ...demoted, held: "check-failed" } });
    assert.ok(linesOf({ virtualRouters: [held] }).includes("web: may not be master: a check failed"));
  });

  it("says what was dropped, what could not be sent, and which hooks failed", () => {
    const counters = { ...BACKUP.counters, sendErrors: { ENETUNREACH: 3 }, dropped: { checksum: 2, ttl: 1 } };
    const hooks = [{ virtualRouter: "mail", holding: "held" as const, failures: { up: 2 } }];
    const lines = linesOf({ virtualRouters: [{ ...BACKUP, counters }], dropped: { version: 4 }, hooks });
    assert.deepEqual(lines.slice(-4), [
      "mail: dropped 2 x checksum, 1 x ttl",
      "mail: could not send 3 x ENETUNREACH",
      "mail: hook up failed 2 times",
      "dropped, for no virtual router of this node: 4 x version",
    ]);
  });

  it("has a table of checks, and the named state", () => {
    const common = { since: "2026-11-21T06:00:00.000Z", results: 3, changes: 1 };
    const lines = linesOf({
      checks: [
        { name: "uplink", kind: "ping", verdict: "failed", reason: "no answer (2 times in a row)", ...common },
        { name: "service", kind: "http", verdict: "good", reason: "status 200", ...common },
      ],
      states: { state: "demoted", phase: "settled", since: "2026-11-21T06:00:00.000Z", because: [] } as never,
    });
    assert.deepEqual(lines.slice(5, 9), [
      "CHECK    KIND  VERDICT  SINCE                       WHY",
      "uplink   ping  failed   2026-11-21T06:00:00Z (30s)  no answer (2 times in a row)",
      "service  http  good     2026-11-21T06:00:00Z (30s)  status 200",
      "state demoted since 2026-11-21T06:00:00Z (30s)",
    ]);
  });

  it("has a table of the nodes on the peer link", () => {
    const peers = [
      peerView(),
      peerView({ node: "edge-3", mismatched: ["web"], configMatches: false, protocolAlive: false }),
      peerView({
        node: "edge-4",
        state: "lost",
        lastHeardAgoMs: null,
        roundTripMs: null,
        paths: [{ address: "10.25.0.14", up: false }],
      }),
    ];
    const lines = linesOf({ peerLink: { peers, refusals: { "unknown-node": 2 }, secondMasters: [] } });
    assert.deepEqual(lines.slice(5, 10), [
      "PEER    LINK            ROLE    HEARD     ROUND TRIP  CONFIGURATION  PATHS",
      "edge-2  connected       backup  0.0s ago  0.3ms       the same       10.25.0.12",
      "edge-3  protocols hang  backup  0.0s ago  0.3ms       differs: web   10.25.0.12",
      "edge-4  lost            -       never     -           the same       10.25.0.14 down",
      "peer link refused 2 x unknown-node",
    ]);
  });

  it("says first what is wrong with the agent itself", () => {
    const message = "packets to 10.25.0.10 are not kept out";
    const trouble = { kind: "accept-mode", message, error: "nft is not installed", since: "2026-11-21T05:59:00.123Z" };
    assert.equal(linesOf({ troubles: [{ ...trouble, kind: "accept-mode" }] })[1], `${message} (nft is not installed)`);
  });

  it("says what the operator said, and whether it is kept", () => {
    const maintenance = { until: "2026-11-21T06:30:30.000Z" };
    const operator = { drained: true, maintenance, handedOver: ["web"], isKept: false };
    assert.deepEqual(linesOf({ operator }).slice(1, 5), [
      "in maintenance until 2026-11-21T06:30:30Z (30m0s more)",
      "drained: may not be master until `failover-agent undrain`",
      "handed over: web; preempts nobody there until `failover-agent undrain`",
      "what the operator said is not on disk: a restart forgets it",
    ]);
  });

  it("is coloured for a terminal, with the columns where they were", () => {
    const escapes = /\u001b\[\d+m/g;
    const text = statusText(agentStatus(), NOW, coloured);
    assert.match(text, /\u001b\[32mmaster\u001b\[0m/);
    assert.equal(text.replaceAll(escapes, ""), statusText(agentStatus(), NOW));
  });
});
