/** The status for people, line by line. */
import assert from "node:assert/strict";
import { statusText } from "../../agent/control/statusText.ts";
import type { AgentStatus, VirtualRouterStatus } from "../../agent/node/status.ts";

const NOW = Date.parse("2026-11-21T06:00:30.000Z");

const MASTER: VirtualRouterStatus = {
  name: "web",
  protocol: "vrrp",
  virtualRouterId: 10,
  role: "master",
  since: "2026-11-21T05:59:00.123Z",
  priority: 200,
  claim: {
    configured: { protocol: "vrrp", priority: 200 },
    effective: { protocol: "vrrp", priority: 200 },
    demotion: 0,
    held: null,
  },
  multicast: false,
  masterAddress: "10.25.0.11",
  lastTransition: { from: "backup", to: "master", reason: "master-down", at: "2026-11-21T05:59:00.123Z" },
  transitions: [],
  peers: [{ address: "10.25.0.12", lastHeardAgoMs: null, priority: null, claim: null }],
  addresses: ["10.25.0.10/32"],
  held: true,
  counters: { sent: 90, sendErrors: {}, received: 0, dropped: {} },
};
const BACKUP: VirtualRouterStatus = {
  ...MASTER,
  name: "mail",
  virtualRouterId: 200,
  role: "backup",
  since: "2026-11-21T02:00:00.000Z",
  priority: 90,
  masterAddress: "10.25.0.12",
  lastTransition: { from: "initialize", to: "backup", reason: "startup", at: "2026-11-21T02:00:00.000Z" },
  peers: [{ address: "10.25.0.12", lastHeardAgoMs: 440, priority: 200, claim: { protocol: "vrrp", priority: 200 } }],
  addresses: ["10.25.0.20/32", "10.25.0.21/32"],
  held: false,
};

function textOf(routers: readonly VirtualRouterStatus[], dropped: AgentStatus["dropped"] = {}): string[] {
  const config = { digest: "0123456789abcdef0123" };
  return statusText({ node: "edge-1", version: "1.2.3", config, virtualRouters: routers, dropped }, NOW).split("\n");
}

describe("status for people", () => {
  it("is a table of virtual routers with whom they hear", () => {
    assert.deepEqual(textOf([MASTER, BACKUP]), [
      "edge-1: failover-agent 1.2.3, configuration 0123456789ab",
      "",
      "VIRTUAL ROUTER  ID   ROLE    SINCE                         PRIORITY  MASTER      ADDRESSES                             WHY",
      "web             10   master  2026-11-21T05:59:00Z (1m30s)  200       this node   10.25.0.10/32 held                    no master was heard in time",
      "mail            200  backup  2026-11-21T02:00:00Z (4h0m)   90        10.25.0.12  10.25.0.20/32 10.25.0.21/32 not held  started",
      "",
      "web: peer 10.25.0.12 never heard",
      "web: hears nobody. Backups are silent, so that is well if no other node says it is master;",
      "     if one does, IP protocol 112 does not pass between the two: check security groups and firewalls.",
      "mail: peer 10.25.0.12 heard 0.4s ago, priority 200",
    ]);
  });

  it("says when a master lacks its address", () => {
    assert.match(textOf([{ ...MASTER, held: false }])[3] ?? "", /10\.25\.0\.10\/32 MISSING/);
  });

  it("says what was dropped, and what could not be sent", () => {
    const counters = { sent: 0, sendErrors: { ENETUNREACH: 3 }, received: 0, dropped: { checksum: 2, ttl: 1 } };
    const lines = textOf([{ ...BACKUP, counters }], { version: 4 });
    assert.deepEqual(lines.slice(-3), [
      "mail: dropped 2 x checksum, 1 x ttl",
      "mail: could not send 3 x ENETUNREACH",
      "dropped, for no virtual router of this node: 4 x version",
    ]);
  });

  it("does not know a master that was not heard", () => {
    assert.match(textOf([{ ...BACKUP, masterAddress: null }])[3] ?? "", / not heard /);
  });
});
