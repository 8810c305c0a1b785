/** Nova flavors: those of the configuration. */
import type { FastifyInstance } from "fastify";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import type { CloudContext, FlavorDefinition } from "../state/context.ts";
import { microversion } from "./request/microversion.ts";
import { links } from "./servers/serverAnswer.ts";

interface OfOne {
  Params: { id: string };
}

/** `/flavors`, for reading. */
export function serveFlavors(app: FastifyInstance, context: CloudContext): void {
  const requireFlavor = (id: string): FlavorDefinition => {
    const flavor = context.flavors.find((candidate) => candidate.id === id);
    if (flavor === undefined) throw new ApiError(404, `Flavor ${id} could not be found.`);
    return flavor;
  };
  const brief = (flavor: FlavorDefinition): Wire => ({
    id: flavor.id,
    name: flavor.name,
    links: links(context, `flavors/${flavor.id}`),
  });
  const full = (flavor: FlavorDefinition, minor: number): Wire => ({
    ...brief(flavor),
    ram: flavor.ramMib,
    disk: flavor.diskGib,
    vcpus: flavor.vcpus,
    swap: "",
    rxtx_factor: 1,
    "OS-FLV-EXT-DATA:ephemeral": 0,
    "OS-FLV-DISABLED:disabled": false,
    "os-flavor-access:is_public": true,
    ...(minor >= 55 ? { description: null } : {}),
    ...(minor >= 61 ? { extra_specs: {} } : {}),
  });

  app.get("/flavors", () => ({ flavors: context.flavors.map(brief) }));
  app.get("/flavors/detail", (request) => ({
    flavors: context.flavors.map((flavor) => full(flavor, microversion(request))),
  }));
  app.get<OfOne>("/flavors/:id", (request) => ({
    flavor: full(requireFlavor(request.params.id), microversion(request)),
  }));
  app.get<OfOne>("/flavors/:id/os-extra_specs", (request) => {
    requireFlavor(request.params.id);
    return { extra_specs: {} };
  });
}
