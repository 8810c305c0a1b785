/** `/me`: the account, and its service accounts (OAuth2 clients). A client's secret is told once. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { secondsTime, type Wire } from "../http/wire.ts";
import type { CloudContext } from "../state/context.ts";
import type { OAuth2Client } from "../state/ovhRecords.ts";
import { type CloudView, removeWhere, type View } from "../state/state.ts";
import { identityOf } from "./access/oauth2.ts";
import { type OvhService, ovhBody } from "./context/context.ts";
import { badRequest, notFound } from "./context/errors.ts";

interface OfClient {
  Params: { clientId: string };
}

const changeable = {
  name: z.string().min(1),
  description: z.string(),
  callbackUrls: z.array(z.string()).nullable().optional(),
};
const createBody = z.object({ ...changeable, name: z.string().nullable().optional(), flow: z.string() });
const updateBody = z.object(changeable).partial();

/** The routes. */
export function serveAccount(app: FastifyInstance, { store, now }: CloudContext, ovh: OvhService): void {
  const { account } = ovh.definition;
  const does = (name: string): { config: { action: string } } => ({ config: { action: `account:apiovh:${name}` } });
  const path = "/me/api/oauth2/client";
  const answer = (client: View<OAuth2Client>): Wire => clientAnswer(client, account);

  app.get("/me", does("me/get"), () => ({ nichandle: account, country: "FR", ovhSubsidiary: "FR", state: "complete" }));
  app.get(path, does("me/api/oauth2/client/get"), () => store.state.ovh.oauth2Clients.map(({ clientId }) => clientId));
  app.get<OfClient>(`${path}/:clientId`, does("me/api/oauth2/client/get"), (request) =>
    answer(requireClient(store.state, request.params.clientId)),
  );
  app.post(path, does("me/api/oauth2/client/create"), async (request) => {
    const asked = ovhBody(createBody, request.body);
    if (asked.flow !== "CLIENT_CREDENTIALS") throw badRequest("this cloud has the flow CLIENT_CREDENTIALS only");
    const client: OAuth2Client = {
      clientId: `EU.${randomBytes(8).toString("hex")}`,
      clientSecret: randomBytes(16).toString("hex"),
      name: asked.name ?? "",
      description: asked.description,
      callbackUrls: asked.callbackUrls ?? [],
      createdAt: now(),
      revoked: false,
    };
    await store.change((draft) => draft.ovh.oauth2Clients.push(client));
    return { clientId: client.clientId, clientSecret: client.clientSecret };
  });
  app.put<OfClient>(`${path}/:clientId`, does("me/api/oauth2/client/edit"), async (request) => {
    const asked = ovhBody(updateBody, request.body);
    await store.change((draft) => {
      const client = requireClient(draft, request.params.clientId);
      client.name = asked.name ?? client.name;
      client.description = asked.description ?? client.description;
      client.callbackUrls = asked.callbackUrls ?? client.callbackUrls;
    });
    return null;
  });
  app.delete<OfClient>(`${path}/:clientId`, does("me/api/oauth2/client/delete"), async (request) => {
    await store.change((draft) => {
      const { clientId } = requireClient(draft, request.params.clientId);
      removeWhere(draft.ovh.oauth2Clients, (other) => other.clientId === clientId);
    });
    return null;
  });
}

function requireClient<State extends CloudView>(state: State, id: string): State["ovh"]["oauth2Clients"][number] {
  const clients: readonly State["ovh"]["oauth2Clients"][number][] = state.ovh.oauth2Clients;
  const client = clients.find(({ clientId }) => clientId === id);
  if (client === undefined) throw notFound(`The requested object (clientId = ${id}) does not exist`);
  return client;
}

function clientAnswer(client: View<OAuth2Client>, account: string): Wire {
  return {
    clientId: client.clientId,
    name: client.name,
    description: client.description,
    callbackUrls: client.callbackUrls,
    flow: "CLIENT_CREDENTIALS",
    identity: identityOf(account, client.clientId),
    createdAt: secondsTime(client.createdAt),
  };
}
