/** Neutron security group rules. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import { pythonLiteral } from "../http/validation.ts";
import type { Wire } from "../http/wire.ts";
import { family, networkText } from "../state/addresses.ts";
import {
  type CloudState,
  type CloudView,
  findById,
  removeWhere,
  type SecurityGroupRule,
  type View,
} from "../state/state.ts";
import { integer, ownerAttributes, requireOwner, shortText, uuid } from "./collections/attributes.ts";
import { type Collection, newRow, touch, untaggedAnswer } from "./collections/collection.ts";
import { checkSecurityGroups } from "./portSecurity.ts";
import { protocolNames, protocolNumber, rangeMeaning } from "./protocols.ts";

const createSchema = z.strictObject({
  ...ownerAttributes,
  security_group_id: uuid,
  direction: z.enum(["ingress", "egress"]),
  ethertype: z.enum(["IPv4", "IPv6"]).default("IPv4"),
  protocol: z
    .union([z.string(), z.int().transform(String)])
    .nullable()
    .optional(),
  port_range_min: integer.nullable().optional(),
  port_range_max: integer.nullable().optional(),
  remote_ip_prefix: z.string().nullable().optional(),
  remote_group_id: uuid.nullable().optional(),
  description: shortText.optional(),
});
type Attributes = z.output<typeof createSchema>;

/** The rule as Neutron answers it. */
export function ruleAnswer(rule: View<SecurityGroupRule>, state: CloudView): Wire {
  return {
    id: rule.id,
    security_group_id: rule.securityGroupId,
    ethertype: rule.ethertype,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.portRangeMin,
    port_range_max: rule.portRangeMax,
    remote_ip_prefix: rule.remoteIpPrefix,
    remote_address_group_id: null,
    normalized_cidr: rule.remoteIpPrefix === null ? null : networkText(rule.remoteIpPrefix),
    remote_group_id: rule.remoteGroupId,
    description: rule.description,
    ...untaggedAnswer(rule, state),
  };
}

/** Makes a rule; what is left out is null, which matches anything. */
export function addRule(
  draft: CloudState,
  now: number,
  spec: Pick<SecurityGroupRule, "securityGroupId" | "direction" | "ethertype"> & Partial<SecurityGroupRule>,
): SecurityGroupRule {
  draft.counters.standardAttr += 1;
  const rule: SecurityGroupRule = {
    ...newRow(now),
    id: randomUUID(),
    standardAttrId: draft.counters.standardAttr,
    protocol: null,
    portRangeMin: null,
    portRangeMax: null,
    remoteIpPrefix: null,
    remoteGroupId: null,
    description: null,
    ...spec,
  };
  draft.securityGroupRules.push(rule);
  return rule;
}

function create(draft: CloudState, attributes: Attributes, now: number): SecurityGroupRule {
  requireOwner(draft.projectId, attributes);
  checkRemote(attributes);
  checkRange(attributes);
  checkSecurityGroups(draft, [attributes.security_group_id]);
  if (attributes.remote_group_id !== undefined && attributes.remote_group_id !== null) {
    checkSecurityGroups(draft, [attributes.remote_group_id]);
  }
  const wanted = {
    securityGroupId: attributes.security_group_id,
    direction: attributes.direction,
    ethertype: attributes.ethertype,
    protocol: attributes.protocol ?? null,
    portRangeMin: attributes.port_range_min ?? null,
    portRangeMax: attributes.port_range_max ?? null,
    remoteIpPrefix: withPrefixLength(attributes.remote_ip_prefix ?? null),
    remoteGroupId: attributes.remote_group_id ?? null,
  };
  const twin = draft.securityGroupRules.find((rule) => sameRule(rule, wanted));
  if (twin !== undefined) {
    throw new ApiError(409, `Security group rule already exists. Rule id is ${twin.id}.`, "SecurityGroupRuleExists");
  }
  touchGroup(draft, attributes.security_group_id, now);
  return addRule(draft, now, { ...wanted, description: attributes.description ?? "" });
}

/** Neutron keeps a CIDR as it was written, and makes one of an address. */
function withPrefixLength(prefix: string | null): string | null {
  return prefix === null || prefix.includes("/") ? prefix : networkText(prefix);
}

type RuleMatch = Pick<
  SecurityGroupRule,
  | "securityGroupId"
  | "direction"
  | "ethertype"
  | "protocol"
  | "portRangeMin"
  | "portRangeMax"
  | "remoteIpPrefix"
  | "remoteGroupId"
>;

/** Two rules are one when they match the same packets, whichever way their protocol is spelt. */
function sameRule(a: RuleMatch, b: RuleMatch): boolean {
  return (
    a.securityGroupId === b.securityGroupId &&
    a.direction === b.direction &&
    a.ethertype === b.ethertype &&
    protocolNumber(a.protocol) === protocolNumber(b.protocol) &&
    a.portRangeMin === b.portRangeMin &&
    a.portRangeMax === b.portRangeMax &&
    a.remoteIpPrefix === b.remoteIpPrefix &&
    a.remoteGroupId === b.remoteGroupId
  );
}

function checkRemote({ remote_ip_prefix: prefix, remote_group_id: group, ethertype }: Attributes): void {
  if (prefix === undefined || prefix === null) return;
  if (family(prefix) === undefined) throw badRule("InvalidCIDR", `Invalid CIDR ${prefix} given as IP prefix.`);
  if (group !== undefined && group !== null) {
    const message = "Only remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.";
    throw new ApiError(400, message, "SecurityGroupMultipleRemoteEntites");
  }
  if ((family(prefix) === 4) !== (ethertype === "IPv4")) {
    const message = `Conflicting value ethertype ${ethertype} for CIDR ${prefix}`;
    throw new ApiError(400, message, "SecurityGroupRuleParameterConflict");
  }
}

function checkRange(attributes: Attributes): void {
  const { protocol = null, port_range_min: min = null, port_range_max: max = null } = attributes;
  const number = protocolNumber(protocol);
  if (number === undefined) {
    const supported = `${pythonLiteral([null, ...protocolNames()])} and integer representations [0 to 255]`;
    throw badRule(
      "SecurityGroupRuleInvalidProtocol",
      `Security group rule protocol ${protocol ?? ""} not supported. Only protocol values ${supported} are supported.`,
    );
  }
  if (min === null && max === null) return;
  if (number === null) {
    throw badRule("SecurityGroupProtocolRequiredWithPorts", "Must also specify protocol if port range is given.");
  }
  switch (rangeMeaning(number)) {
    case "nothing":
      throw badRule(
        "SecurityGroupInvalidProtocolForPort",
        `Ports cannot be specified for protocol ${number}. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.`,
      );
    case "icmp":
      checkIcmp(min, max);
      break;
    case "ports":
      checkPorts(min, max);
  }
}

/** The range of an ICMP rule is a type and, if it is not for all of them, a code. */
function checkIcmp(type: number | null, code: number | null): void {
  if (type === null) {
    throw badRule(
      "SecurityGroupMissingIcmpType",
      `ICMP code (port-range-max) ${code ?? ""} is provided but ICMP type (port-range-min) is missing.`,
    );
  }
  for (const value of [type, code ?? 0]) {
    if (value < 0 || value > 255) throw badPort(value);
  }
}

function checkPorts(min: number | null, max: number | null): void {
  if (min === null || max === null || min > max) {
    const message = "For TCP/UDP protocols, port_range_min must be <= port_range_max";
    throw badRule("SecurityGroupInvalidPortRange", message);
  }
  for (const value of [min, max]) {
    if (value < 1 || value > 65_535) throw badPort(value);
  }
}

function badPort(value: number): ApiError {
  return badRule("SecurityGroupInvalidPortValue", `Invalid value for port ${value}`);
}

function badRule(type: string, message: string): ApiError {
  return new ApiError(400, message, type);
}

function touchGroup(draft: CloudState, id: string, now: number): void {
  const group = findById(draft.securityGroups, id);
  if (group !== undefined) touch(group, now);
}

/** `/security-group-rules`: made and deleted, never changed. */
export const securityGroupRules: Collection<SecurityGroupRule, typeof createSchema, z.ZodNever> = {
  path: "security-group-rules",
  plural: "security_group_rules",
  singular: "security_group_rule",
  createSchema,
  updateSchema: z.never(),
  read: (state) => state.securityGroupRules,
  edit: (draft) => draft.securityGroupRules,
  answer: ruleAnswer,
  missing: (id) => new ApiError(404, `Security group rule ${id} does not exist`, "SecurityGroupRuleNotFound"),
  create,
  update: undefined,
  remove(draft, rule, now) {
    touchGroup(draft, rule.securityGroupId, now);
    removeWhere(draft.securityGroupRules, (other) => other.id === rule.id);
  },
};
