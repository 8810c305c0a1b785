/** OVH's API. Mounted at /ovh: version 1 under /1.0 and /v1, version 2 under /v2. */
import type { FastifyInstance } from "fastify";
import type { CloudContext } from "../state/context.ts";
import { serveAuth } from "./access/auth.ts";
import { guard } from "./access/door.ts";
import { serveTokens } from "./access/oauth2.ts";
import { servePolicies } from "./access/policies.ts";
import { serveAccount } from "./account.ts";
import type { OvhService } from "./context/context.ts";
import { serveFailoverIps } from "./failoverIps.ts";
import { serveFloatingIps } from "./floatingIps.ts";
import { serveInstances } from "./instances.ts";
import { servePrivateNetworks } from "./privateNetworks.ts";
import { serveProject } from "./project.ts";
import { serveVracks } from "./vracks.ts";

/** Everything of OVH that the lab has. */
export function ovhRoutes(app: FastifyInstance, context: CloudContext, ovh: OvhService): void {
  guard(app, context, ovh);
  serveTokens(app, context, ovh);
  for (const prefix of ["/1.0", "/v1"]) {
    app.register(
      (v1, _options, done) => {
        serveAuth(v1, context, ovh);
        serveProject(v1, context, ovh);
        serveFailoverIps(v1, context, ovh);
        servePrivateNetworks(v1, context, ovh);
        serveVracks(v1, context, ovh);
        serveInstances(v1, context);
        serveFloatingIps(v1, context, ovh);
        serveAccount(v1, context, ovh);
        done();
      },
      { prefix },
    );
  }
  app.register(
    (v2, _options, done) => {
      servePolicies(v2, context, ovh);
      done();
    },
    { prefix: "/v2" },
  );
}
