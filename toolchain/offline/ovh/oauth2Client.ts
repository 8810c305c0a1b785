// ovh:Me/aPIOAuth2Client:APIOAuth2Client: a service account of OVH's API.
import { z } from "zod";
import type { WireObject } from "../wireValues.ts";
import { unlessGone } from "./api.ts";
import { type Operation, resourceType } from "./resourceType.ts";

const PATH = "/me/api/oauth2/client";

const inputs = z.object({
  callbackUrls: z.array(z.string()).default([]),
  description: z.string(),
  flow: z.enum(["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE"]),
  name: z.string().default(""),
});
const made = z.object({ clientId: z.string(), clientSecret: z.string() });
const account = z.object({
  callbackUrls: z.array(z.string()),
  clientId: z.string(),
  description: z.string(),
  flow: z.string(),
  identity: z.string(),
  name: z.string(),
});

/** The secret is told once, when the account is made, and only the state remembers it. */
export const oauth2Client = resourceType<z.infer<typeof inputs>>({
  inputs,
  replaceOn: ["flow"],
  sets: ["callbackUrls"],
  outputs: ["clientId", "clientSecret", "identity"],
  secretOutputs: ["clientSecret"],
  create: async (news, operation) => {
    const { clientId, clientSecret } = made.parse(await operation.api.call("POST", PATH, operation.signal, news));
    return { id: clientId, state: await accountOf(clientId, { clientSecret }, operation) };
  },
  read: async (id, known, operation) => unlessGone(accountOf(id, known, operation)),
  update: async (id, { callbackUrls, description, name }, known, operation) => {
    await operation.api.call("PUT", `${PATH}/${id}`, operation.signal, { callbackUrls, description, name });
    return accountOf(id, known, operation);
  },
  remove: async (id, _, { api, signal }) => {
    await unlessGone(api.call("DELETE", `${PATH}/${id}`, signal));
  },
});

async function accountOf(id: string, known: WireObject, { api, signal }: Operation): Promise<WireObject> {
  const found = account.parse(await api.call("GET", `${PATH}/${id}`, signal));
  const { clientSecret } = known;
  return clientSecret === undefined ? found : { ...found, clientSecret };
}
