// ovh:Iam/policy:Policy: who may do what with which things of an OVH account.
import { z } from "zod";
import type { WireObject } from "../wireValues.ts";
import { unlessGone } from "./api.ts";
import { type Operation, resourceType } from "./resourceType.ts";

const PATH = "/v2/iam/policy";

const notHere = z.undefined({ error: "is not offered by this stand-in; an official Pulumi has it" }).optional();

const inputs = z.object({
  name: z.string().min(1),
  description: z.string().optional(),
  identities: z.array(z.string()),
  resources: z.array(z.string()),
  allows: z.array(z.string()).default([]),
  excepts: z.array(z.string()).default([]),
  denies: z.array(z.string()).default([]),
  permissionsGroups: z.array(z.string()).default([]),
  expiredAt: z.string().optional(),
  conditions: notHere,
});

const actions = z.array(z.object({ action: z.string() })).nullish();
const urns = z.array(z.object({ urn: z.string() })).nullish();
const found = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  identities: z.array(z.string()).nullish(),
  resources: urns,
  permissions: z.object({ allow: actions, except: actions, deny: actions }).nullish(),
  permissionsGroups: urns,
  owner: z.string().nullish(),
  readOnly: z.boolean().nullish(),
  createdAt: z.string().nullish(),
  updatedAt: z.string().nullish(),
  expiredAt: z.string().nullish(),
});

/** Everything changes in place. The API wraps what the program writes as plain texts. */
export const policy = resourceType<z.infer<typeof inputs>>({
  inputs,
  replaceOn: [],
  sets: ["identities", "resources", "allows", "excepts", "denies", "permissionsGroups"],
  outputs: ["owner", "readOnly", "createdAt", "updatedAt"],
  create: async (news, { api, signal }) => {
    const made = found.parse(await api.call("POST", PATH, signal, bodyOf(news)));
    return { id: made.id, state: stateOf(made) };
  },
  read: (id, _, operation) => unlessGone(policyOf(id, operation)),
  update: async (id, news, _, operation) => {
    await operation.api.call("PUT", `${PATH}/${id}`, operation.signal, bodyOf(news));
    return policyOf(id, operation);
  },
  remove: async (id, _, { api, signal }) => {
    await unlessGone(api.call("DELETE", `${PATH}/${id}`, signal));
  },
});

function bodyOf({ resources, allows, excepts, denies, permissionsGroups, ...plain }: z.infer<typeof inputs>): object {
  const asActions = (names: readonly string[]) => names.map((action) => ({ action }));
  const asUrns = (names: readonly string[]) => names.map((urn) => ({ urn }));
  return {
    ...plain,
    resources: asUrns(resources),
    permissions: { allow: asActions(allows), except: asActions(excepts), deny: asActions(denies) },
    permissionsGroups: asUrns(permissionsGroups),
  };
}

async function policyOf(id: string, { api, signal }: Operation): Promise<WireObject> {
  return stateOf(found.parse(await api.call("GET", `${PATH}/${id}`, signal)));
}

/** What the API has none of is not in the state, as an empty list is to the official plugin. */
function stateOf({ permissions, resources, permissionsGroups, ...plain }: z.infer<typeof found>): WireObject {
  const names = (list: z.infer<typeof actions>) => list?.map(({ action }) => action);
  const listed = (list: z.infer<typeof urns>) => list?.map(({ urn }) => urn);
  const all = {
    ...plain,
    resources: listed(resources),
    permissionsGroups: listed(permissionsGroups),
    allows: names(permissions?.allow),
    excepts: names(permissions?.except),
    denies: names(permissions?.deny),
  };
  const present = Object.entries(all).filter(
    ([name, value]) =>
      name !== "id" && value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(present) as WireObject;
}
