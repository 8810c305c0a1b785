/** Neutron security groups. Each project has the one called `default`, which ports get that ask for none. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import { type CloudState, type CloudView, removeWhere, type SecurityGroup, type View } from "../state/state.ts";
import { boolean, ownerAttributes, requireOwner, shortText } from "./collections/attributes.ts";
import { type Collection, commonAnswer, newRow } from "./collections/collection.ts";
import { addRule, ruleAnswer } from "./securityGroupRules.ts";

const DEFAULT = "default";

const notDefault = shortText.refine((name) => name.toLowerCase() !== DEFAULT, {
  error: "Default security group already exists.",
});

const createSchema = z.strictObject({
  ...ownerAttributes,
  name: notDefault.optional(),
  description: shortText.optional(),
  stateful: boolean.pipe(z.literal(true, { error: "this cloud's security groups are stateful" })).optional(),
});

const updateSchema = z.strictObject({ name: shortText.optional(), description: shortText.optional() });

/** The id of the project's default security group. */
export function defaultGroupId(state: CloudView): string {
  const group = state.securityGroups.find(({ name }) => name === DEFAULT);
  if (group === undefined) throw new Error("the project has no default security group");
  return group.id;
}

/** Makes the default security group: its members reach each other and everything outside. */
export function addDefaultGroup(draft: CloudState, now: number): void {
  const group = addGroup(draft, now, DEFAULT, "Default security group");
  for (const ethertype of ["IPv4", "IPv6"] as const) {
    addRule(draft, now, { securityGroupId: group.id, direction: "ingress", ethertype, remoteGroupId: group.id });
  }
}

/** A new group lets everything out and nothing in. */
function addGroup(draft: CloudState, now: number, name: string, description: string): SecurityGroup {
  const group: SecurityGroup = { ...newRow(now), revision: 1, id: randomUUID(), name, description };
  draft.securityGroups.push(group);
  for (const ethertype of ["IPv4", "IPv6"] as const) {
    addRule(draft, now, { securityGroupId: group.id, direction: "egress", ethertype });
  }
  return group;
}

function groupAnswer(group: View<SecurityGroup>, state: CloudView): Wire {
  const rules = state.securityGroupRules.filter((rule) => rule.securityGroupId === group.id);
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    stateful: true,
    shared: false,
    // Inside its group a rule shows two attributes more than alone.
    security_group_rules: rules.map((rule) => ({
      ...ruleAnswer(rule, state),
      remote_address_group_id: null,
      standard_attr_id: rule.standardAttrId,
      tags: rule.tags,
    })),
    ...commonAnswer(group, state),
  };
}

/** `/security-groups`. */
export const securityGroups: Collection<SecurityGroup, typeof createSchema, typeof updateSchema> = {
  path: "security-groups",
  plural: "security_groups",
  singular: "security_group",
  createSchema,
  updateSchema,
  read: (state) => state.securityGroups,
  edit: (draft) => draft.securityGroups,
  answer: groupAnswer,
  missing: (id) => new ApiError(404, `Security group ${id} does not exist`, "SecurityGroupNotFound"),
  create(draft, attributes, now) {
    requireOwner(draft.projectId, attributes);
    return addGroup(draft, now, attributes.name ?? "", attributes.description ?? "");
  },
  update(_draft, group, attributes) {
    if (group.name === DEFAULT && attributes.name !== undefined && attributes.name !== DEFAULT) {
      throw new ApiError(409, "Updating default security group not allowed.", "SecurityGroupCannotUpdateDefault");
    }
    group.name = attributes.name ?? group.name;
    group.description = attributes.description ?? group.description;
  },
  remove(draft, group) {
    if (group.name === DEFAULT) {
      const message = "Insufficient rights for removing default security group.";
      throw new ApiError(409, message, "SecurityGroupCannotRemoveDefault");
    }
    if (draft.ports.some((port) => port.securityGroupIds.includes(group.id))) {
      throw new ApiError(409, `Security Group ${group.id} in use.`, "SecurityGroupInUse");
    }
    // Rules of other groups that let this one's members in go with it.
    removeWhere(draft.securityGroupRules, (rule) => [rule.securityGroupId, rule.remoteGroupId].includes(group.id));
    removeWhere(draft.securityGroups, (other) => other.id === group.id);
  },
};
