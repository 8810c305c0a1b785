/** What the network's facts say of the checks that the kernel tells of: link, address, default route. */
import type { EventCheckConfig } from "../config/schema/check.ts";
import type { CheckResult } from "../health/verdict.ts";
import type { NetworkFacts } from "./networkMonitor.ts";
import { failed, good } from "./probe.ts";

export function seen(check: EventCheckConfig, facts: NetworkFacts): CheckResult {
  switch (check.kind) {
    case "link":
      return linkSeen(check.link, facts);
    case "address":
      return addressSeen(check.address, check.interface, facts);
    case "defaultRoute":
      return routeSeen(check.defaultRoute, check.interface, facts);
  }
}

function linkSeen(name: string, { links }: NetworkFacts): CheckResult {
  const link = links.find((each) => each.name === name);
  if (link === undefined) return failed(`there is no interface ${name}`);
  return link.running ? good(`${name} is up with a carrier`) : failed(`${name} is down or has no carrier`);
}

/** An address that failed duplicate detection is not usable (RFC 4862 5.4.5). */
function addressSeen(address: string, on: string | undefined, { links }: NetworkFacts): CheckResult {
  const holder = links.find(
    (link) =>
      (on === undefined || link.name === on) &&
      link.addresses.some((each) => each.address === address && each.failed !== true),
  );
  if (holder !== undefined) return good(`${address} is on ${holder.name}`);
  return failed(`${address} is not on ${on ?? "this machine"}`);
}

function routeSeen(family: 4 | 6, over: string | undefined, { links, defaultRoutes }: NetworkFacts): CheckResult {
  const route = defaultRoutes.find(
    (each) =>
      each.family === family &&
      (over === undefined || links.some(({ index, name }) => index === each.linkIndex && name === over)),
  );
  const by = over === undefined ? "" : ` over ${over}`;
  if (route === undefined) return failed(`there is no default route of IPv${family}${by}`);
  return good(`there is a default route of IPv${family}${by}`);
}
