/** Nova's API. Mounted at /compute. */
import type { FastifyInstance } from "fastify";
import type { CloudContext } from "../state/context.ts";
import { serveFlavors } from "./flavors.ts";
import { serveKeypairs } from "./keypairs.ts";
import { MICROVERSION, speakMicroversions } from "./request/microversion.ts";
import { serveServerGroups } from "./serverGroups.ts";
import { serveInterfaces } from "./servers/interfaces.ts";
import { serveServerActions } from "./servers/serverActions.ts";
import { serveServerMetadata, serveServerTags } from "./servers/serverMetadata.ts";
import { serveServers } from "./servers/servers.ts";

/** Versions, and everything under /v2.1 in the dialect that a request speaks. */
export function novaRoutes(app: FastifyInstance, context: CloudContext): void {
  const version = {
    id: "v2.1",
    status: "CURRENT",
    version: `2.${MICROVERSION.max}`,
    min_version: `2.${MICROVERSION.min}`,
    updated: "2013-07-23T11:33:21Z",
    links: [{ rel: "self", href: `${context.endpoint("compute")}/v2.1/` }],
  };
  app.get("/", { config: { open: true } }, () => ({ versions: [version] }));
  app.register(
    (v21, _options, done) => {
      speakMicroversions(v21);
      v21.get("/", { config: { open: true } }, () => ({ version }));
      serveFlavors(v21, context);
      serveKeypairs(v21, context);
      serveServerGroups(v21, context);
      serveServers(v21, context);
      serveServerActions(v21, context);
      serveServerMetadata(v21, context);
      serveServerTags(v21, context);
      serveInterfaces(v21, context);
      done();
    },
    { prefix: "/v2.1" },
  );
}
