/** The service catalog: where a client that has a token finds the other services. */
import { createHash } from "node:crypto";
import { type CloudContext, REGION } from "../context.ts";
import type { ServiceName } from "../errors.ts";
import type { Wire } from "../wire.ts";

const CATALOG: readonly { readonly type: ServiceName; readonly name: string; readonly path: string }[] = [
  { type: "compute", name: "nova", path: "/v2.1" },
  { type: "image", name: "glance", path: "" },
  { type: "identity", name: "keystone", path: "/v3" },
  { type: "network", name: "neutron", path: "" },
];

/** The catalog as tokens have it. */
export function catalog(context: CloudContext): Wire[] {
  return CATALOG.map(({ type, name, path }) => ({
    id: stableId(name),
    type,
    name,
    endpoints: ["admin", "public", "internal"].map((face) => ({
      id: stableId(`${name} ${face}`),
      interface: face,
      region_id: REGION,
      region: REGION,
      url: `${context.endpoint(type)}${path}`,
    })),
  }));
}

/** An id in Keystone's form that is the same at every start. */
export function stableId(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}
