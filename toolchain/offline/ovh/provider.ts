// The OVH provider without its wire: what each request of the engine means for a resource of any of its types.
import type { Checked, Diffed, Found, Provider, ResourceName } from "../provider.ts";
import { holdsUnknown, open, sameValue, secret, UNKNOWN, type WireObject, type WireValue } from "../wireValues.ts";
import { readAccess } from "./access.ts";
import { OvhApi } from "./api.ts";
import { lookups } from "./lookups.ts";
import { oauth2Client } from "./oauth2Client.ts";
import { policy } from "./policy.ts";
import type { ResourceType } from "./resourceType.ts";
import { vrackCloudProject } from "./vrackCloudProject.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const TYPES: Readonly<Record<string, ResourceType>> = {
  "ovh:Vrack/cloudProject:CloudProject": vrackCloudProject,
  "ovh:Me/aPIOAuth2Client:APIOAuth2Client": oauth2Client,
  "ovh:Iam/policy:Policy": policy,
};

const notOffered = (what: string): Error =>
  new Error(`${what} is not offered by this stand-in for OVH's Pulumi plugin; an official Pulumi has it`);

/** Makes a provider. @param env where the variables are that stand for what is not configured */
export function ovhProvider(version: string, env: Environment): Provider {
  let configured: OvhApi | undefined;
  const api = (): OvhApi => {
    if (configured === undefined) throw new Error("ovh: the provider was not configured");
    return configured;
  };
  return {
    name: "ovh",
    version,
    configure: async (config, signal) => {
      const access = readAccess(config, env);
      configured = new OvhApi(access);
      // As the official plugin does: credentials that are none are heard of before anything is made.
      if (!access.ignoreInitError) await configured.call("GET", "/auth/details", signal);
    },
    check: (resource, news) => check(resource, news, env),
    diff,
    expect,
    create: async (resource, inputs, { signal }) => {
      const kind = kindOf(resource);
      const { id, state } = await kind.create(open(inputs), { api: api(), signal });
      return { id, state: marked(kind, state) };
    },
    read: async (resource, found, { signal }) => {
      const kind = kindOf(resource);
      const state = await kind.read(found.id, opened(found.state), { api: api(), signal });
      return state === undefined ? undefined : asFound(kind, found, state);
    },
    update: async (resource, { id, state }, news, { signal }) => {
      const kind = kindOf(resource);
      return marked(kind, await kind.update(id, open(news), opened(state), { api: api(), signal }));
    },
    remove: (resource, { id, state }, { signal }) => kindOf(resource).remove(id, opened(state), { api: api(), signal }),
    invoke: async (token, args, signal) => {
      const lookup = lookups[token];
      if (lookup === undefined) throw notOffered(token);
      return lookup(opened(args), { api: api(), signal });
    },
  };
}

function kindOf({ type }: ResourceName): ResourceType {
  const kind = TYPES[type];
  if (kind === undefined) throw notOffered(type);
  return kind;
}

const opened = (properties: WireObject): WireObject => open(properties) as WireObject;

/** Completes inputs from the environment and checks them. What is not known yet is taken on trust until it is. */
function check(resource: ResourceName, news: WireObject, env: Environment): Checked {
  const kind = kindOf(resource);
  const completing = Object.entries(kind.variables ?? {}).flatMap(([name, variable]): [string, string][] => {
    const value = env[variable];
    return news[name] === undefined && value !== undefined && value !== "" ? [[name, value]] : [];
  });
  const inputs = { ...news, ...Object.fromEntries(completing) };
  const failures = kind
    .problems(open(inputs))
    .filter(({ path }) => !holdsUnknown(inputs[String(path[0])] ?? null))
    .map(({ path, message }) => ({ property: path.join("."), reason: message }));
  return { inputs, failures };
}

function diff(resource: ResourceName, olds: WireObject, news: WireObject): Diffed {
  const kind = kindOf(resource);
  const compared = (name: string, value: WireValue | undefined): WireValue => {
    const list = open(value ?? null);
    return kind.sets?.includes(name) === true && Array.isArray(list)
      ? list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : list;
  };
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  const changed = [...names].filter((name) => !sameValue(compared(name, olds[name]), compared(name, news[name])));
  return { changed: changed.sort(), replaces: changed.filter((name) => kind.replaceOn.includes(name)) };
}

/** A new one's outputs nobody knows yet; what an update does not touch stays. */
function expect(resource: ResourceName, news: WireObject, olds?: WireObject): WireObject {
  const kind = kindOf(resource);
  const outputs = kind.outputs.map((name): [string, WireValue] => [name, olds?.[name] ?? UNKNOWN]);
  return { ...news, ...Object.fromEntries(outputs) };
}

/** The inputs are those that the program gave, as the API has them now: what was moved by hand shows as a change. */
function asFound(kind: ResourceType, { id, inputs }: Found, state: WireObject): Found {
  const given = Object.keys(inputs).length === 0 ? Object.keys(state) : Object.keys(inputs);
  const current = given
    .filter((name) => !kind.outputs.includes(name))
    .map((name): [string, WireValue] => [name, state[name] ?? inputs[name] ?? null]);
  return { id, state: marked(kind, state), inputs: Object.fromEntries(current) };
}

function marked(kind: ResourceType, state: WireObject): WireObject {
  const entries = Object.entries(state).map(([name, value]): [string, WireValue] => [
    name,
    kind.secretOutputs?.includes(name) === true ? secret(value) : value,
  ]);
  return Object.fromEntries(entries);
}
