/** Public addresses in the status for people, and as metrics. */
import assert from "node:assert/strict";
import { statusText } from "../../agent/cli/text/statusText.ts";
import { metricsText } from "../../agent/control/metrics.ts";
import type { PublicAddressStatus } from "../../agent/publicAddress/routeDriver.ts";
import { agentStatus } from "../support/statuses.ts";

const HELD: PublicAddressStatus = {
  virtualRouter: "web",
  kind: "ovhFailoverIp",
  address: "198.51.100.10",
  phase: "held",
  why: null,
  routedTo: "11111111-2222-4333-8444-555555555555",
  isHere: true,
  trouble: null,
  isWitnessLost: false,
  requests: 12,
  moves: 1,
  lastMove: { requestedAfterMs: 8, tookMs: 2_150, at: "2026-11-21T06:00:00.000Z" },
};
const LEFT: PublicAddressStatus = {
  ...HELD,
  address: "198.51.100.11",
  phase: "left",
  why: "member-is-silent",
  isHere: false,
  trouble: { kind: "broken", message: "HTTP 500: no", failures: 4 },
  isWitnessLost: true,
  lastMove: null,
};
const UNSEEN: PublicAddressStatus = {
  ...HELD,
  address: "198.51.100.12",
  phase: "idle",
  routedTo: null,
  isHere: null,
  lastMove: null,
};

describe("public addresses in a status", () => {
  it("are a table for people", () => {
    const lines = statusText(agentStatus({ publicAddresses: [HELD, LEFT, UNSEEN] }), Date.now()).split("\n");
    const from = lines.findIndex((line) => line.startsWith("PUBLIC ADDRESS"));
    assert.deepEqual(lines.slice(from, from + 4), [
      "PUBLIC ADDRESS  VIRTUAL ROUTER  CLAIM                                    LEADS TO                              API",
      "198.51.100.10   web             held                                     this node                             answers",
      "198.51.100.11   web             left: a member has it that is not heard  11111111-2222-4333-8444-555555555555  out of reach, 4 in a row: HTTP 500: no",
      "198.51.100.12   web             not master                               not known yet                         answers",
    ]);
  });

  it("are no table where there are none", () => {
    assert.ok(!statusText(agentStatus(), Date.now()).includes("PUBLIC ADDRESS"));
  });

  it("are metrics, and what is not known is none", async () => {
    const text = await metricsText({
      status: agentStatus({ publicAddresses: [HELD, LEFT, UNSEEN] }),
      residentBytes: 1,
    });
    const of = (address: string): readonly string[] =>
      text.split("\n").filter((line) => line.startsWith("vipf_public_address") && line.includes(address));
    const labels = (address: string): string => `{virtual_router="web",address="${address}"}`;
    assert.deepEqual(of("198.51.100.10"), [
      `vipf_public_address_here${labels("198.51.100.10")} 1`,
      `vipf_public_address_failures${labels("198.51.100.10")} 0`,
      `vipf_public_address_api_lost${labels("198.51.100.10")} 0`,
      `vipf_public_address_requests_total${labels("198.51.100.10")} 12`,
      `vipf_public_address_moves_total${labels("198.51.100.10")} 1`,
      `vipf_public_address_move_seconds${labels("198.51.100.10")} 2.15`,
    ]);
    assert.ok(of("198.51.100.11").includes(`vipf_public_address_failures${labels("198.51.100.11")} 4`));
    assert.ok(of("198.51.100.12").every((line) => !line.startsWith("vipf_public_address_here")));
  });
});
