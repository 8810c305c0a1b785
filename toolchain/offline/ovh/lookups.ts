// The functions of the OVH package that this project calls: they look and change nothing.
import { z } from "zod";
import type { WireObject } from "../wireValues.ts";
import type { Operation } from "./resourceType.ts";

type Lookup = (args: WireObject, operation: Operation) => Promise<WireObject>;

const failoverIps = z.array(
  z.object({
    id: z.string(),
    ip: z.string().nullable(),
    block: z.string().nullable(),
    continentCode: z.string().nullable(),
    geoloc: z.string().nullable(),
    progress: z.number(),
    routedTo: z.string().nullable(),
    status: z.string(),
    subType: z.string(),
  }),
);
const flavors = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    region: z.string(),
    available: z.boolean(),
    capabilities: z.array(z.object({ name: z.string(), enabled: z.boolean() })),
  }),
);
const regions = z.object({
  name: z.string(),
  continentCode: z.string(),
  datacenterLocation: z.string(),
  status: z.string(),
});
const vrack = z.object({ id: z.string(), name: z.string().nullable(), description: z.string().nullable() });

/** By the token that the package's function sends. */
export const lookups: Readonly<Record<string, Lookup>> = {
  "ovh:CloudProject/getFailoverIpAttach:getFailoverIpAttach": async (args, { api, signal }) => {
    const { serviceName, ip, block } = z
      .object({ serviceName: z.string(), ip: z.string().optional(), block: z.string().optional() })
      .parse(args);
    const all = failoverIps.parse(await api.call("GET", `/cloud/project/${serviceName}/ip/failover`, signal));
    const wanted = all.find((one) => (ip === undefined ? one.block === block : one.ip === ip));
    if (wanted === undefined) {
      throw new Error(`project ${serviceName} has no failover IP ${ip ?? block ?? ""} (it has ${all.length} in all)`);
    }
    const { geoloc, ...found } = wanted;
    // To the official plugin a text that is not there is an empty one.
    const { id, progress, status, subType } = found;
    return {
      serviceName,
      id,
      progress,
      status,
      subType,
      ip: found.ip ?? "",
      block: found.block ?? "",
      continentCode: found.continentCode ?? "",
      geoLoc: geoloc ?? "",
      routedTo: found.routedTo ?? "",
    };
  },
  // Of a flavor and of a region what this project reads, not all that the API says.
  "ovh:CloudProject/getFlavors:getFlavors": async (args, { api, signal }) => {
    const { serviceName, region, nameFilter } = z
      .object({ serviceName: z.string(), region: z.string().default(""), nameFilter: z.string().default("") })
      .parse(args);
    const query = region === "" ? "" : `?region=${encodeURIComponent(region)}`;
    const all = flavors.parse(await api.call("GET", `/cloud/project/${serviceName}/flavor${query}`, signal));
    const found = all.filter(({ name }) => nameFilter === "" || name === nameFilter);
    return { serviceName, region, nameFilter, id: serviceName, flavors: found };
  },
  "ovh:CloudProject/getRegion:getRegion": async (args, { api, signal }) => {
    const { serviceName, name } = z.object({ serviceName: z.string(), name: z.string() }).parse(args);
    const found = regions.parse(await api.call("GET", `/cloud/project/${serviceName}/region/${name}`, signal));
    return { serviceName, id: `${serviceName}_${name}`, ...found };
  },
  "ovh:CloudProject/getVRack:getVRack": async (args, { api, signal }) => {
    const { serviceName } = z.object({ serviceName: z.string() }).parse(args);
    const found = vrack.parse(await api.call("GET", `/cloud/project/${serviceName}/vrack`, signal));
    return { serviceName, id: found.id, name: found.name ?? "", description: found.description ?? "" };
  },
};
