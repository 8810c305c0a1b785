/** `/v2/iam/policy`: which service account may do what with which project. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { secondsTime, type Wire } from "../../http/wire.ts";
import type { CloudContext } from "../../state/context.ts";
import { type Policy, policyCondition } from "../../state/ovhRecords.ts";
import { type CloudView, findById, removeWhere, type View } from "../../state/state.ts";
import { type OvhService, ovhBody } from "../context/context.ts";
import { badRequest, conflict, notFound } from "../context/errors.ts";
import { identityOf } from "./oauth2.ts";

interface OfPolicy {
  Params: { id: string };
}

const actions = z
  .array(z.object({ action: z.string() }).transform(({ action }) => action))
  .nullable()
  .optional();

const policyBody = z.object({
  name: z.string().min(1),
  description: z.string().nullable().optional(),
  identities: z.array(z.string()),
  resources: z.array(z.object({ urn: z.string() }).transform(({ urn }) => urn)),
  permissions: z.object({ allow: actions, except: actions, deny: actions }),
  permissionsGroups: z.array(z.unknown()).max(0).nullable().optional(),
  conditions: policyCondition.nullable().optional(),
  expiredAt: z.iso.datetime({ offset: true }).nullable().optional(),
});

/** The routes. Mounted at /v2. */
export function servePolicies(app: FastifyInstance, { store, now }: CloudContext, ovh: OvhService): void {
  const { account } = ovh.definition;
  const path = "/iam/policy";
  const does = (name: string): { config: { action: string } } => ({
    config: { action: `account:apiovh:iam/policy/${name}` },
  });
  const answer = (policy: View<Policy>): Wire => policyAnswer(policy, account);

  app.get(path, does("get"), () => store.state.ovh.policies.map(answer));
  app.get<OfPolicy>(`${path}/:id`, does("get"), (request) => answer(requirePolicy(store.state, request.params.id)));
  app.post(path, does("create"), async (request) => {
    const asked = asPolicy(request.body, { id: randomUUID(), createdAt: now(), updatedAt: now() });
    await store.change((draft) => {
      requireFitting(draft, asked, account);
      draft.ovh.policies.push(asked);
    });
    return answer(asked);
  });
  app.put<OfPolicy>(`${path}/:id`, does("edit"), (request) =>
    store.change((draft) => {
      const policy = requirePolicy(draft, request.params.id);
      const { id, createdAt } = policy;
      const asked = asPolicy(request.body, { id, createdAt, updatedAt: now() });
      requireFitting(draft, asked, account);
      return answer(Object.assign(policy, asked));
    }),
  );
  app.delete<OfPolicy>(`${path}/:id`, does("delete"), async (request) => {
    await store.change((draft) => {
      const { id } = requirePolicy(draft, request.params.id);
      removeWhere(draft.ovh.policies, (other) => other.id === id);
    });
    return null;
  });
}

function asPolicy(body: unknown, row: Pick<Policy, "id" | "createdAt" | "updatedAt">): Policy {
  const { permissions, name, description, identities, resources, conditions, expiredAt } = ovhBody(policyBody, body);
  return {
    ...row,
    name,
    description: description ?? "",
    identities,
    resources,
    allow: permissions.allow ?? [],
    except: permissions.except ?? [],
    deny: permissions.deny ?? [],
    conditions: conditions ?? null,
    expiredAt: expiredAt ?? null,
  };
}

/** Names are unique; an identity of this account has to be there. */
function requireFitting({ ovh }: CloudView, policy: Policy, account: string): void {
  if (ovh.policies.some(({ id, name }) => name === policy.name && id !== policy.id)) {
    throw conflict(`A policy named ${policy.name} already exists`);
  }
  const known = [
    `urn:v1:eu:identity:account:${account}`,
    ...ovh.oauth2Clients.map(({ clientId }) => identityOf(account, clientId)),
  ];
  const stranger = policy.identities.find((identity) => !known.includes(identity));
  if (stranger !== undefined) throw badRequest(`Identity ${stranger} does not exist`);
}

function requirePolicy<State extends CloudView>(state: State, id: string): State["ovh"]["policies"][number] {
  const policy = findById<State["ovh"]["policies"][number]>(state.ovh.policies, id);
  if (policy === undefined) throw notFound(`Policy ${id} does not exist`);
  return policy;
}

function policyAnswer(policy: View<Policy>, account: string): Wire {
  const asActions = (names: readonly string[]): Wire[] => names.map((action) => ({ action }));
  return {
    id: policy.id,
    name: policy.name,
    description: policy.description,
    owner: account,
    readOnly: false,
    identities: policy.identities,
    resources: policy.resources.map((urn) => ({ urn })),
    permissions: {
      allow: asActions(policy.allow),
      except: asActions(policy.except),
      deny: asActions(policy.deny),
    },
    permissionsGroups: [],
    conditions: policy.conditions,
    expiredAt: policy.expiredAt,
    createdAt: secondsTime(policy.createdAt),
    updatedAt: secondsTime(policy.updatedAt),
  };
}
