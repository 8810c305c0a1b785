/** Rules of the clouds' APIs: what they are reached by is known, and the operator's own keys stay with the operator. */
import { isReadableOnTheWay } from "../../agent/config/fields/plainHttp.ts";
import { isMap, keyName } from "../schema/explain.ts";
import { type Problem, showValue } from "../schema/problem.ts";
import type { ProviderSettings } from "../stackFile/providerDefaults.ts";
import type { Draft } from "../stackFile/shape.ts";
import { ovhApi } from "../values/ovhApi.ts";

/** By the key of ours, where the operator's own of the kind is. */
const OPERATORS: Readonly<Record<string, readonly [setting: string, variable: string]>> = {
  consumerKey: ["ovh:consumerKey", "OVH_CONSUMER_KEY"],
  clientId: ["ovh:clientId", "OVH_CLIENT_ID"],
};

/** As Pulumi's providers read a choice from a text. */
const TRUE = /^(?:1|t|true)$/i;

/** @param settings of the providers, which act for the operator */
export function cloudRules(draft: Draft, settings: ProviderSettings): readonly Problem[] {
  const { network, vips, ovh, openstack } = draft;
  // rules/publicAddresses.ts says what a failover IP lacks.
  const isSaid = [...vips.values()].some((vip) => vip.public?.failoverIp !== undefined);
  return [
    ...readableOnTheWay(draft, settings),
    ...(draft.allowPlainHttp ? [] : unverified(settings)),
    ...(network?.vrack !== undefined && !isSaid && ovh !== undefined && ovh.project === undefined
      ? [missing(["ovh", "project"], "network.vrack is about the project's", "write the project's id")]
      : []),
    ...(ovh === undefined ? [] : operatorsOwn(ovh.credentials, settings)),
    ...(openstack !== undefined && openstack.authUrl === undefined
      ? [missing(["openstack", "authUrl"], "so is openstack:authUrl", "write Keystone's address as the nodes reach it")]
      : []),
    ...(openstack !== undefined && openstack.region === undefined
      ? [missing(["openstack", "region"], "so is openstack:region", "write the region's name")]
      : []),
  ];
}

/** Where the program and the agents log in, each by the key that it is from. */
function readableOnTheWay({ ovh, openstack, allowPlainHttp }: Draft, settings: ProviderSettings): readonly Problem[] {
  if (allowPlainHttp) return [];
  const { values, environment = {} } = settings;
  const providers: readonly (readonly [key: string, url: string | undefined])[] = [
    ["openstack:authUrl", values["openstack:authUrl"]],
    ["OS_AUTH_URL", values["openstack:authUrl"] === undefined ? environment["OS_AUTH_URL"] : undefined],
    ["ovh:endpoint", values["ovh:endpoint"]],
    ["OVH_ENDPOINT", values["ovh:endpoint"] === undefined ? environment["OVH_ENDPOINT"] : undefined],
    ...overrides(values["openstack:endpointOverrides"]),
  ];
  const known = new Set(providers.map(([, url]) => url?.replace(/\/$/, "")));
  const own = [
    [keyName(["openstack", "authUrl"]), openstack?.authUrl],
    [keyName(["ovh", "endpoint"]), ovh?.endpoint],
    [keyName(["ovh", "agentEndpoint"]), ovh?.agentEndpoint],
  ] as const;
  // What the section has from the provider is said of the provider's key.
  return [...providers, ...own.filter(([, url]) => !known.has(url?.replace(/\/$/, "")))].flatMap(([key, url]) => {
    if (url === undefined || !isReadableOnTheWay(ovhApi(url)?.endpoint ?? url)) return [];
    const why = "would carry passwords and tokens that anybody on the way can read";
    const remedy = "write https:// (caFile for a CA of its own); in a lab, vip-failover:allowPlainHttp: true";
    return [{ key, value: showValue(url), why, remedy }];
  });
}

/** Services' addresses that stand in the place of Keystone's catalog. What is no map of texts the provider refuses. */
function overrides(setting: string | undefined): readonly (readonly [key: string, url: string])[] {
  const services = readJson(setting);
  if (!isMap(services)) return [];
  return Object.entries(services).flatMap(([service, url]) =>
    typeof url === "string" ? [[`openstack:endpointOverrides.${service}`, url] as const] : [],
  );
}

function readJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An encrypted connection to who knows whom hides nothing, except from this machine to itself. */
function unverified({ values, environment = {} }: ProviderSettings): readonly Problem[] {
  const setting = values["openstack:insecure"];
  const [key, value] =
    setting === undefined ? ["OS_INSECURE", environment["OS_INSECURE"]] : ["openstack:insecure", setting];
  const authUrl = values["openstack:authUrl"] ?? environment["OS_AUTH_URL"] ?? "https://unknown";
  if (!TRUE.test(value ?? "") || !isReadableOnTheWay(authUrl.replace(/^https:/, "http:"))) return [];
  const why = "has passwords and tokens sent to whoever answers: no certificate is checked";
  const remedy =
    "leave it out (openstack:cacertFile or OS_CACERT for a CA of its own); in a lab, vip-failover:allowPlainHttp: true";
  return [{ key, value: showValue(value), why, remedy }];
}

const missing = (at: readonly string[], why: string, remedy: string): Problem => ({
  key: keyName(at),
  why: `is missing, and ${why}`,
  remedy,
});

/** Whoever breaks into a node must find keys for two calls, not for the account. */
function operatorsOwn(credentials: unknown, { values, environment = {} }: ProviderSettings): readonly Problem[] {
  if (typeof credentials !== "object" || credentials === null) return [];
  return Object.entries(OPERATORS).flatMap(([name, [setting, variable]]) => {
    const written: unknown = Reflect.get(credentials, name);
    if (written === undefined || (written !== values[setting] && written !== environment[variable])) return [];
    return [
      {
        key: keyName(["ovh", "credentials", name]),
        why: "is the operator's own, and would lie on every node",
        remedy: "make one for the agents that can do no more than they need, or write credentials: create",
      },
    ];
  });
}
