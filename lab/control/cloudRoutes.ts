/** The routes of the control socket for the lab's cloud. */
import type { FastifyInstance } from "fastify";
import { type CloudControl, cloudFault, keyRequest, ovhAdjustment, reachability } from "./cloudWords.ts";

interface OfCredential {
  readonly Params: { readonly credential: string };
}

/** Adds them. */
export function addCloudRoutes(server: FastifyInstance, cloud: CloudControl): void {
  const done = async (work: Promise<void>): Promise<Record<string, never>> => {
    await work;
    return {};
  };
  server.post("/cloud/faults", ({ body }) => done(cloud.fail(cloudFault.parse(body))));
  server.post("/cloud/heal", () => done(cloud.heal()));
  server.post("/cloud/reachability", ({ body }) => done(cloud.setReachable(reachability.parse(body).reachable)));
  server.get("/cloud/ovh", () => cloud.ovh());
  server.post("/cloud/ovh/behaviour", ({ body }) => done(cloud.adjustOvh(ovhAdjustment.parse(body))));
  server.post("/cloud/ovh/keys", ({ body }) => cloud.makeOvhKey(keyRequest.parse(body)));
  server.post("/cloud/ovh/forget-requests", () => done(cloud.forgetOvhRequests()));
  server.post<OfCredential>("/cloud/ovh/credentials/:credential/revoke", ({ params }) =>
    done(cloud.revokeOvhCredential(params.credential)),
  );
  server.post<OfCredential>("/cloud/ovh/credentials/:credential/validate", ({ params }) =>
    done(cloud.validateOvhCredential(params.credential)),
  );
}
