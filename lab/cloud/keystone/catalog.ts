/** The service catalog: where a client that has a token finds the other services. */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { ServiceName } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import { type CloudContext, REGION } from "../state/context.ts";

const CATALOG: readonly { readonly type: ServiceName; readonly name: string; readonly path: string }[] = [
  { type: "compute", name: "nova", path: "/v2.1" },
  { type: "image", name: "glance", path: "" },
  { type: "identity", name: "keystone", path: "/v3" },
  { type: "network", name: "neutron", path: "" },
];

/** The catalog as tokens have it, with the addresses at which the caller reaches the cloud: who asks elsewhere goes on there. */
export function catalog(origin: string): Wire[] {
  return CATALOG.map(({ type, name, path }) => ({
    id: stableId(name),
    type,
    name,
    endpoints: ["admin", "public", "internal"].map((face) => ({
      id: stableId(`${name} ${face}`),
      interface: face,
      region_id: REGION,
      region: REGION,
      url: `${origin}/${type}${path}`,
    })),
  }));
}

/** An id in Keystone's form that is the same at every start. */
export function stableId(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}

/** Where a request found the cloud, by its Host header (RFC 9110, 7.2). */
export function originOf(request: FastifyRequest, context: CloudContext): string {
  const { host } = request.headers;
  return host === undefined ? new URL(context.endpoint("identity")).origin : `http://${host}`;
}
