/** The metrics: their grammar, their names, and that they say what the status says. */
import assert from "node:assert/strict";
import { FAMILIES } from "../../agent/control/metricFamilies.ts";
import { metricsText } from "../../agent/control/metrics.ts";
import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import { agentStatus, claim, peerView, routerStatus } from "../support/statuses.ts";

const FULL: Partial<AgentStatus> = {
  virtualRouters: [
    routerStatus({
      counters: {
        sent: 90,
        sendErrors: { ENETUNREACH: 3 },
        repairs: 2,
        received: 7,
        checksums: { rfc9568: 7 },
        dropped: { checksum: 2 },
        transitions: { startup: 1, "master-down": 2 },
      },
      claim: { ...claim({ protocol: "vrrp", priority: 200 }), demotion: 60 },
    }),
    routerStatus({
      name: 'a"\\\n',
      protocol: "carp",
      role: "initialize",
      addressesPresent: false,
      lastTransition: null,
      claim: {
        ...claim({ protocol: "carp", advertisementBase: 1, advertisementSkew: 0, demotion: 0 }),
        held: "drained",
      },
      peers: [{ address: "10.25.0.12", lastHeardAgoMs: 440, priority: null, claim: null }],
    }),
  ],
  dropped: { version: 4 },
  checks: [
    {
      name: "uplink",
      kind: "ping",
      verdict: "failed",
      since: "2026-11-21T05:59:00.000Z",
      reason: "no answer",
      latest: { verdict: "failed", reason: "no answer", at: "2026-11-21T05:59:00.000Z", tookMicros: 1_500 },
      results: 9,
      changes: 1,
    },
  ],
  hooks: [{ virtualRouter: "web", holding: "held", failures: { up: 2 } }],
  operator: { drained: true, maintenance: { until: "2026-11-21T06:30:00.000Z" }, handedOver: ["web"], isKept: true },
  peerLink: {
    peers: [
      peerView(),
      peerView({ node: "edge-3", state: "lost", lastHeardAgoMs: null, roundTripMs: null, configMatches: false }),
    ],
    refusals: {},
    secondMasters: [{ virtualRouter: "web", node: "edge-2", deaf: { from: "edge-1", to: "edge-2" } }],
  },
  troubles: [{ kind: "real-time", message: "no real time", error: "EPERM", since: "2026-11-21T05:59:00.000Z" }],
};

function textOf(changes: Partial<AgentStatus>): Promise<string> {
  return metricsText({ status: agentStatus(changes), residentBytes: 41_943_040 });
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/, as strict as it gets. */
const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const LINE = new RegExp(
  `^(?:# HELP ${NAME} [^\\n]+|# TYPE ${NAME} (?:gauge|counter)|${NAME}(?:\\{${LABEL}(?:,${LABEL})*\\})? -?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`,
);

describe("metrics", () => {
  it("are lines of the text format, whatever the names in them", async () => {
    for (const line of (await textOf(FULL)).split("\n")) if (line !== "") assert.match(line, LINE);
  });

  it("have help and a type before each family, whose counters end in _total", async () => {
    const text = await textOf(FULL);
    for (const { name, kind } of FAMILIES) {
      assert.match(text, new RegExp(`# HELP ${name} .*\n# TYPE ${name} ${kind}\n`));
      assert.equal(name.endsWith("_total"), kind === "counter", name);
      assert.match(name, /^(?:vipf|process)_[a-z_]+$/);
    }
    assert.equal(new Set(FAMILIES.map(({ name }) => name)).size, FAMILIES.length);
  });

  it("say what the status says, in the same words for both protocols", async () => {
    const lines = (await textOf(FULL)).split("\n");
    const expected = [
      'vipf_agent_info{node="edge-1",version="1.2.3",config="0123456789abcdef0123"} 1',
      "vipf_protocol_thread_answer_seconds 0.00025",
      "vipf_drained 1",
      "vipf_maintenance 1",
      'vipf_trouble{kind="real-time"} 1',
      'vipf_trouble{kind="hooks-file"} 0',
      "process_resident_memory_bytes 41943040",
      "process_start_time_seconds 1795239030",
      'vipf_role{virtual_router="web",protocol="vrrp",role="master"} 1',
      'vipf_role{virtual_router="web",protocol="vrrp",role="backup"} 0',
      'vipf_role{virtual_router="a\\"\\\\\\n",protocol="carp",role="initialize"} 1',
      'vipf_transitions_total{virtual_router="web",reason="master-down"} 2',
      'vipf_last_transition_timestamp_seconds{virtual_router="web"} 1795240740.123',
      'vipf_address_held{virtual_router="web"} 1',
      'vipf_demotion{virtual_router="web"} 60',
      'vipf_held_back{virtual_router="a\\"\\\\\\n",reason="drained"} 1',
      'vipf_held_back{virtual_router="web",reason="drained"} 0',
      'vipf_handed_over{virtual_router="web"} 1',
      'vipf_hook_failures_total{virtual_router="web",hook="up"} 2',
      'vipf_advertisements_sent_total{virtual_router="web"} 90',
      'vipf_advertisements_received_total{virtual_router="web"} 7',
      'vipf_advertisements_dropped_total{virtual_router="web",reason="checksum"} 2',
      'vipf_advertisements_dropped_total{virtual_router="",reason="version"} 4',
      'vipf_advertisement_checksums_total{virtual_router="web",form="rfc9568"} 7',
      'vipf_send_errors_total{virtual_router="web",error="ENETUNREACH"} 3',
      'vipf_member_last_heard_seconds{virtual_router="a\\"\\\\\\n",address="10.25.0.12"} 0.44',
      'vipf_check_good{check="uplink",kind="ping"} 0',
      'vipf_check_duration_seconds{check="uplink"} 0.0015',
      'vipf_peer_connected{peer="edge-2"} 1',
      'vipf_peer_connected{peer="edge-3"} 0',
      'vipf_peer_last_heard_seconds{peer="edge-2"} 0.04',
      'vipf_peer_disproved_closings_total{peer="edge-2"} 0',
      'vipf_second_master{virtual_router="web",peer="edge-2"} 1',
      'vipf_config_mismatch{peer="edge-3"} 1',
    ];
    for (const line of expected) assert.ok(lines.includes(line), line);
  });

  it("have every label with every sample, and no sample twice", async () => {
    const samples = (await textOf(FULL)).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const keys = samples.map((line) => line.slice(0, line.lastIndexOf(" ")));
    assert.equal(new Set(keys).size, keys.length);
    assert.doesNotMatch(samples.join("\n"), /undefined|NaN/);
  });

  it("are the same for the same status, and few for an agent with little to tell", async () => {
    assert.equal(await textOf(FULL), await textOf(FULL));
    assert.match(await textOf({}), /^vipf_role\{/m);
  });
});
