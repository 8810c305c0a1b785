/** The metrics of an agent: names, what they mean, and where in its status they are. An interface, so the list only ever grows. */

import { TROUBLES } from "../logging/troubles.ts";
import type { AgentStatus } from "../operator/agentStatus.ts";
import type { VirtualRouterStatus } from "../virtualRouter/status.ts";
import type { Measured, MetricFamily, Sample } from "./metricFamily.ts";
import { PUBLIC_ADDRESS_FAMILIES } from "./publicAddressFamilies.ts";

const ROLES = ["initialize", "backup", "master", "resigning", "resuming"] as const satisfies readonly Role[];
type Role = VirtualRouterStatus["role"];
const HOLD_REASONS = [
  "check-failed",
  "drained",
  "maintenance",
  "address-in-use",
  "interface-in-use",
  "sync-group",
  "witness-lost",
] as const;
const MS_PER_SECOND = 1_000;
const MICROS_PER_SECOND = 1_000_000;

const ROUTER = ["virtual_router"] as const;

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

function virtualRouterFamilies(): MetricFamily[] {
  const of = ofVirtualRouters;
  return [
    family(
      "gauge",
      "vipf_role",
      "1 for the role of a virtual router on this node.",
      [...ROUTER, "protocol", "role"],
      (m) =>
        m.status.virtualRouters.flatMap(({ name, protocol, role }) =>
          ROLES.map((each) => ({
            labels: { virtual_router: name, protocol, role: each },
            value: flag(each === role),
          })),
        ),
    ),
    family("counter", "vipf_transitions_total", "Changes of role.", [...ROUTER, "reason"], (m) =>
      counted(m, "reason", ({ counters }) => counters.transitions),
    ),
    family("gauge", "vipf_last_transition_timestamp_seconds", "When the role changed last, since 1970.", ROUTER, (m) =>
      of(m, ({ lastTransition }) => lastTransition && Date.parse(lastTransition.at) / MS_PER_SECOND),
    ),
    family("gauge", "vipf_address_held", "1 while every shared address is on its interface.", ROUTER, (m) =>
      of(m, ({ addressesPresent }) => flag(addressesPresent)),
    ),
    family("gauge", "vipf_demotion", "What failed checks cost together.", ROUTER, (m) =>
      of(m, ({ claim }) => claim.demotion),
    ),
    family(
      "gauge",
      "vipf_held_back",
      "1 while this node may not be master, for that reason.",
      [...ROUTER, "reason"],
      (m) =>
        m.status.virtualRouters.flatMap(({ name, ineligibleReason }) =>
          HOLD_REASONS.map((reason) => ({
            labels: { virtual_router: name, reason },
            value: flag(ineligibleReason === reason),
          })),
        ),
    ),
    family("gauge", "vipf_handed_over", "1 after a handover, until it is master again.", ROUTER, (m) =>
      of(m, ({ name }) => flag(m.status.operator.handedOver.includes(name))),
    ),
    family("counter", "vipf_hook_failures_total", "Hooks that failed.", [...ROUTER, "hook"], ({ status }) =>
      status.hooks.flatMap(({ virtualRouter, failures }) =>
        Object.entries(failures).map(([hook, value]) => ({ labels: { virtual_router: virtualRouter, hook }, value })),
      ),
    ),
  ];
}

function interfaceFamilies(): MetricFamily[] {
  return [
    family("counter", "vipf_address_repairs_total", "Addresses put back after somebody removed them.", ROUTER, (m) =>
      ofVirtualRouters(m, ({ counters }) => counters.repairs),
    ),
    family(
      "gauge",
      "vipf_obstacle",
      "1 while something on this machine is in the way of a virtual router.",
      [...ROUTER, "reason"],
      (m) =>
        m.status.virtualRouters.flatMap(({ name, obstacles }) =>
          [...new Set(obstacles.map(({ reason }) => reason))].map((reason) => ({
            labels: { virtual_router: name, reason },
            value: 1,
          })),
        ),
    ),
    family("gauge", "vipf_address_conflicts", "Other hosts that answer for addresses held here.", ROUTER, (m) =>
      ofVirtualRouters(m, ({ conflicts }) => conflicts.length),
    ),
  ];
}

function advertisementFamilies(): MetricFamily[] {
  return [
    family("counter", "vipf_advertisements_sent_total", "Advertisements sent, one for each peer.", ROUTER, (m) =>
      ofVirtualRouters(m, ({ counters }) => counters.sent),
    ),
    family("counter", "vipf_advertisements_received_total", "Advertisements that reached the election.", ROUTER, (m) =>
      ofVirtualRouters(m, ({ counters }) => counters.received),
    ),
    family(
      "counter",
      "vipf_advertisements_dropped_total",
      "Advertisements that did not; without a virtual router, those that are for none of this node.",
      [...ROUTER, "reason"],
      (m) => [
        ...counted(m, "reason", ({ counters }) => counters.dropped),
        ...Object.entries(m.status.dropped).map(([reason, value]) => ({
          labels: { virtual_router: "", reason },
          value,
        })),
      ],
    ),
    family(
      "counter",
      "vipf_advertisement_checksums_total",
      "Received advertisements of VRRP by the form of their checksum.",
      [...ROUTER, "form"],
      (m) => counted(m, "form", ({ counters }) => counters.checksums),
    ),
    family("counter", "vipf_send_errors_total", "Advertisements that the kernel refused.", [...ROUTER, "error"], (m) =>
      counted(m, "error", ({ counters }) => counters.sendErrors),
    ),
    family(
      "gauge",
      "vipf_member_last_heard_seconds",
      "Time since a member's advertisement; backups are silent.",
      [...ROUTER, "address"],
      ({ status }) =>
        status.virtualRouters.flatMap(({ name, peers }) =>
          peers.flatMap(({ address, lastHeardAgoMs }) =>
            lastHeardAgoMs === null
              ? []
              : [{ labels: { virtual_router: name, address }, value: lastHeardAgoMs / MS_PER_SECOND }],
          ),
        ),
    ),
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

function family(
  kind: MetricFamily["kind"],
  name: string,
  help: string,
  labels: readonly string[],
  samples: MetricFamily["samples"],
): MetricFamily {
  return { kind, name, help, labels, samples };
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}

/** One sample for each virtual router that has a value. */
function ofVirtualRouters(
  { status }: Measured,
  value: (router: VirtualRouterStatus) => number | null,
): readonly Sample[] {
  return status.virtualRouters.flatMap((router) => {
    const its = value(router);
    return its === null ? [] : [{ labels: { virtual_router: router.name }, value: its }];
  });
}

/** One sample for each count of each virtual router. */
function counted(
  { status }: Measured,
  label: string,
  counts: (router: VirtualRouterStatus) => Readonly<Record<string, number>>,
): readonly Sample[] {
  return status.virtualRouters.flatMap((router) =>
    Object.entries(counts(router)).map(([key, value]) => ({
      labels: { virtual_router: router.name, [label]: key },
      value,
    })),
  );
}
