/** The metrics of virtual routers: roles, addresses, advertisements. */
import type { VirtualRouterStatus } from "../virtualRouter/status.ts";
import { counted, family, flag, type MetricFamily, MS_PER_SECOND, ofVirtualRouters, ROUTER } from "./metricFamily.ts";

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
export function virtualRouterFamilies(): MetricFamily[] {
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

export function interfaceFamilies(): MetricFamily[] {
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

export function advertisementFamilies(): MetricFamily[] {
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
