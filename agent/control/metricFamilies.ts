/** The metrics of an agent: names, what they mean, and where in its status they are. An interface, so the list only ever grows. */

import { TROUBLES } from "../logging/troubles.ts";
import type { AgentStatus } from "../operator/agentStatus.ts";
import { family, flag, type Measured, type MetricFamily, MS_PER_SECOND } from "./metricFamily.ts";
import { PUBLIC_ADDRESS_FAMILIES } from "./publicAddressFamilies.ts";
import { advertisementFamilies, interfaceFamilies, virtualRouterFamilies } from "./virtualRouterFamilies.ts";

const MICROS_PER_SECOND = 1_000_000;

export const FAMILIES: readonly MetricFamily[] = [
  ...agentFamilies(),
  ...virtualRouterFamilies(),
  ...interfaceFamilies(),
  ...advertisementFamilies(),
  ...PUBLIC_ADDRESS_FAMILIES,
  ...checkFamilies(),
  ...peerFamilies(),
];

function agentFamilies(): MetricFamily[] {
  return [
    family("gauge", "vipf_agent_info", "1, with what runs here.", ["node", "version", "config"], ({ status }) => [
      { labels: { node: status.node, version: status.version, config: status.config.digest }, value: 1 },
    ]),
    family("gauge", "vipf_protocol_thread_answer_seconds", "Time the protocol's thread took to answer.", [], (m) => [
      { value: m.status.protocolThread.answerMs / MS_PER_SECOND },
    ]),
    family("gauge", "vipf_drained", "1 while an operator has this node drained.", [], ({ status }) => [
      { value: flag(status.operator.drained) },
    ]),
    family("gauge", "vipf_maintenance", "1 while this node is in maintenance.", [], ({ status }) => [
      { value: flag(status.operator.maintenance !== null) },
    ]),
    family("gauge", "vipf_trouble", "1 while this is wrong with the agent itself.", ["kind"], ({ status }) =>
      TROUBLES.map((kind) => ({ labels: { kind }, value: flag(status.troubles.some((one) => one.kind === kind)) })),
    ),
    family("gauge", "process_resident_memory_bytes", "Resident memory of the agent.", [], (m) => [
      { value: m.residentBytes },
    ]),
    family("gauge", "process_start_time_seconds", "Start of the agent, in seconds since 1970.", [], ({ status }) => [
      { value: Date.parse(status.startedAt) / MS_PER_SECOND },
    ]),
  ];
}

function checkFamilies(): MetricFamily[] {
  return [
    family("gauge", "vipf_check_good", "1 while a check is good.", ["check", "kind"], ({ status }) =>
      status.checks.map(({ name, kind, verdict }) => ({
        labels: { check: name, kind },
        value: flag(verdict === "good"),
      })),
    ),
    family("gauge", "vipf_check_duration_seconds", "How long the latest look took.", ["check"], ({ status }) =>
      status.checks.flatMap(({ name, latest }) =>
        latest === undefined ? [] : [{ labels: { check: name }, value: latest.tookMicros / MICROS_PER_SECOND }],
      ),
    ),
    family("counter", "vipf_check_results_total", "How often a check was looked at.", ["check"], ({ status }) =>
      status.checks.map(({ name, results }) => ({ labels: { check: name }, value: results })),
    ),
    family("counter", "vipf_check_changes_total", "How often its verdict changed.", ["check"], ({ status }) =>
      status.checks.map(({ name, changes }) => ({ labels: { check: name }, value: changes })),
    ),
    family("gauge", "vipf_state", "1 for the named state the node is in.", ["state"], ({ status }) =>
      status.states === null ? [] : [{ labels: { state: status.states.state }, value: 1 }],
    ),
  ];
}

function peerFamilies(): MetricFamily[] {
  const peers = ({ status }: Measured): NonNullable<AgentStatus["peerLink"]>["peers"] => status.peerLink?.peers ?? [];
  return [
    family("gauge", "vipf_peer_connected", "1 while the peer link to a node is connected.", ["peer"], (m) =>
      peers(m).map(({ node, state }) => ({ labels: { peer: node }, value: flag(state === "connected") })),
    ),
    family("gauge", "vipf_peer_last_heard_seconds", "Time since the peer link heard a node.", ["peer"], (m) =>
      peers(m).flatMap(({ node, lastHeardAgoMs }) =>
        lastHeardAgoMs === null ? [] : [{ labels: { peer: node }, value: lastHeardAgoMs / MS_PER_SECOND }],
      ),
    ),
    family("gauge", "vipf_peer_round_trip_seconds", "Round trip on the quickest path.", ["peer"], (m) =>
      peers(m).flatMap(({ node, roundTripMs }) =>
        roundTripMs === null ? [] : [{ labels: { peer: node }, value: roundTripMs / MS_PER_SECOND }],
      ),
    ),
    family(
      "counter",
      "vipf_peer_disproved_closings_total",
      "Connections closed without a goodbye while the node's process lived.",
      ["peer"],
      (m) => peers(m).map(({ node, disprovedClosings }) => ({ labels: { peer: node }, value: disprovedClosings })),
    ),
    family(
      "gauge",
      "vipf_second_master",
      "1 while a node is master beside this one: the protocol does not pass between them.",
      ["virtual_router", "peer"],
      ({ status }) =>
        (status.peerLink?.secondMasters ?? []).map(({ virtualRouter, node }) => ({
          labels: { virtual_router: virtualRouter, peer: node },
          value: 1,
        })),
    ),
    family("gauge", "vipf_config_mismatch", "1 while a node is configured otherwise than this one.", ["peer"], (m) =>
      peers(m).map(({ node, configMatches }) => ({ labels: { peer: node }, value: flag(!configMatches) })),
    ),
  ];
}
