/** Neutron's API. Mounted at /network. */
import type { FastifyInstance } from "fastify";
import type { CloudContext } from "../state/context.ts";
import { serveCollection } from "./collections/collection.ts";
import { floatingIps } from "./floatingIps.ts";
import { networks } from "./networks.ts";
import { ports } from "./ports.ts";
import { serveRouterInterfaces } from "./routerInterfaces.ts";
import { routers } from "./routers.ts";
import { securityGroupRules } from "./securityGroupRules.ts";
import { securityGroups } from "./securityGroups.ts";
import { subnets } from "./subnets.ts";

/** The extensions whose attributes the resources have. */
const EXTENSIONS = [
  ["allowed-address-pairs", "Allowed Address Pairs"],
  ["binding", "Port Binding"],
  ["external-net", "Neutron external network"],
  ["net-mtu", "Network MTU"],
  ["net-mtu-writable", "Network MTU (writable)"],
  ["port-security", "Port Security"],
  ["provider", "Provider Network"],
  ["revision-if-match", "If-Match constraints based on revision_number"],
  ["router", "Neutron L3 Router"],
  ["security-group", "security-group"],
  ["standard-attr-revisions", "Resource revision numbers"],
  ["standard-attr-tag", "Tag support for resources with standard attribute"],
  ["standard-attr-timestamp", "Resource timestamps"],
] as const;

/** Versions, extensions, and the collections. */
export function neutronRoutes(app: FastifyInstance, context: CloudContext): void {
  const version = {
    id: "v2.0",
    status: "CURRENT",
    links: [{ rel: "self", href: `${context.endpoint("network")}/v2.0/` }],
  };
  app.get("/", { config: { open: true } }, () => ({ versions: [version] }));
  app.register(
    (v2, _options, done) => {
      v2.get("/", { config: { open: true } }, () => ({ resources: [] }));
      v2.get("/extensions", () => ({ extensions: EXTENSIONS.map(([alias, name]) => extension(alias, name)) }));
      serveCollection(v2, context, networks);
      serveCollection(v2, context, subnets);
      serveCollection(v2, context, ports);
      serveCollection(v2, context, securityGroups);
      serveCollection(v2, context, securityGroupRules);
      serveCollection(v2, context, routers);
      serveRouterInterfaces(v2, context);
      serveCollection(v2, context, floatingIps);
      done();
    },
    { prefix: "/v2.0" },
  );
}

function extension(alias: string, name: string): Record<string, unknown> {
  return { alias, name, description: name, updated: "2022-10-05T00:00:00-00:00", links: [] };
}
