/**
 * The agent's configuration: one JSON document a node, rendered by infra/plan/agent/agentConfig.ts and read by the agent.
 * Both sides import this schema, so what one writes the other accepts.
 */
import * as z from "zod";
import { hostAddress } from "../fields/address.ts";
import { expected, expectedUnquoted } from "../fields/expected.ts";
import { label, listOf, wholeNumber } from "../fields/fields.ts";
import { checks } from "./check.ts";
import { instanceId, openstackAccess, ovhAccess } from "./cloudAccess.ts";
import { peerLink } from "./peerLink.ts";
import { states } from "./states.ts";
import { virtualRouter } from "./virtualRouter.ts";

export type { CheckConfig } from "./check.ts";

export type { OpenstackAccess, OvhAccess } from "./cloudAccess.ts";
export type { PeerLinkConfig } from "./peerLink.ts";

export type { PublicAddressConfig } from "./publicAddress.ts";
export type { StatesConfig } from "./statesConfig.ts";
export * from "./virtualRouter.ts";

/** Virtual routers that are master together or not at all. */
const syncGroup = z.strictObject(
  {
    name: label("the name of a sync group", "1 to 64 characters, such as gateway"),
    members: listOf(label("the name of a virtual router", "the name of one of them"), "a list of virtual routers", {
      min: 2,
      max: 255,
      remedy: "the names of 2 or more virtual routers",
    }),
  },
  expected("a sync group", '{ "name": "gateway", "members": ["outside", "inside"] }'),
);

const metrics = z.strictObject(
  {
    /** Own address to listen on. */
    listen: hostAddress("an own address, such as 10.25.0.11"),
    port: wholeNumber("a port", { min: 1, max: 65_535 }).default(9_112),
  },
  expected("where metrics are served", '{ "listen": "10.25.0.11", "port": 9112 }'),
);

/** RFC 5424 table 1, by the names of syslog(3). */
const FACILITIES = [
  "daemon",
  "user",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;

function digestKey(): z.ZodString {
  const wanted = expectedUnquoted("a key", "64 hexadecimal digits, such as `openssl rand -hex 32` prints");
  return z.string(wanted).regex(/^[0-9a-fA-F]{64}$/, wanted);
}

/** The whole document, place by place. Unknown keys are refused. What two places say together is checkedDocument.ts's. */
export const agentConfigSchema = z.strictObject(
  {
    version: z.literal(1, expected("a version of this document that the agent knows", "1")),
    /** Name of this node. */
    node: label("the name of a node", "1 to 64 characters, such as edge-1"),
    /** Keys the digest by which this configuration is known in logs, status and metrics. Absent: see configDigest. */
    digestKey: digestKey().optional(),
    virtualRouters: listOf(virtualRouter, "a list of virtual routers", { max: 255, remedy: "1 to 255 of them" }),
    checks,
    states: states.optional(),
    syncGroups: listOf(syncGroup, "a list of sync groups", {
      min: 0,
      max: 64,
      remedy: "a list of { name, members }",
    }).default([]),
    peerLink: peerLink.optional(),
    metrics: metrics.optional(),
    /** Needed by public addresses of that kind. */
    ovh: ovhAccess.optional(),
    openstack: openstackAccess.optional(),
    /** Which machine this is to the cloud. Default: what cloud-init or the metadata service says. */
    instanceId: instanceId.optional(),
    /** Writes the log to syslog (/dev/log) with this facility. Absent: to stdout, for journald. */
    logFacility: z.enum(FACILITIES, expected("a syslog facility", `one of ${FACILITIES.join(", ")}`)).optional(),
  },
  expected("a configuration", "an object with version, node and virtualRouters"),
);

/** The document as written in agent.json: durations are text, defaults may be absent. */
export type AgentConfigInput = z.input<typeof agentConfigSchema>;

/** The document as the agent uses it: durations in microseconds, defaults filled in. */
export type AgentConfig = z.output<typeof agentConfigSchema>;

/** One virtual router of the document, parsed. */
export type SyncGroupConfig = AgentConfig["syncGroups"][number];
