/** Rules of the clouds' APIs: what they are reached by is known, and the operator's own keys stay with the operator. */
import { keyName } from "../explain.ts";
import type { Problem } from "../problem.ts";
import type { ProviderSettings } from "../providerDefaults.ts";
import type { Draft } from "../shape.ts";

/** By the key of ours, where the operator's own of the kind is. */
const OPERATORS: Readonly<Record<string, readonly [setting: string, variable: string]>> = {
  consumerKey: ["ovh:consumerKey", "OVH_CONSUMER_KEY"],
  clientId: ["ovh:clientId", "OVH_CLIENT_ID"],
};

/** @param settings of the providers, which act for the operator */
export function cloudRules({ network, ovh, openstack }: Draft, settings: ProviderSettings): readonly Problem[] {
  return [
    ...(network?.vrack !== undefined && ovh !== undefined && ovh.project === undefined
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
