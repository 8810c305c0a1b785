/** `/cloud/project`: the project itself, its regions, and all of its public addresses. */
import type { FastifyInstance } from "fastify";
import { secondsTime, type Wire } from "../http/wire.ts";
import { type CloudContext, REGION } from "../state/context.ts";
import type { CloudView } from "../state/state.ts";
import { type OvhService, requireProject } from "./context/context.ts";
import { notFound } from "./context/errors.ts";

export interface OfProject {
  Params: { p: string };
}

interface OfRegion {
  Params: { p: string; region: string };
}

/** What IAM calls an action on a project. */
export const projectAction = (name: string): string => `publicCloudProject:apiovh:${name}`;

/** The routes. */
export function serveProject(app: FastifyInstance, context: CloudContext, ovh: OvhService): void {
  const { store } = context;
  app.get("/cloud/project", { config: { action: projectAction("get") } }, () => [store.state.projectId]);

  app.get<OfProject>("/cloud/project/:p", { config: { action: projectAction("get") } }, (request) => {
    requireProject(store.state, request.params.p);
    return projectAnswer(context);
  });

  app.get<OfProject>("/cloud/project/:p/region", { config: { action: projectAction("region/get") } }, (request) => {
    requireProject(store.state, request.params.p);
    return [REGION];
  });

  app.get<OfRegion>(
    "/cloud/project/:p/region/:region",
    { config: { action: projectAction("region/get") } },
    (request) => {
      requireProject(store.state, request.params.p);
      if (request.params.region !== REGION) throw notFound("This service does not exist");
      return {
        name: REGION,
        type: "region",
        status: "UP",
        continentCode: "EU",
        countryCode: "fr",
        datacenterLocation: "LAB",
        ipCountries: ["fr"],
        availabilityZones: [],
        services: [],
      };
    },
  );

  app.get<OfProject>("/cloud/project/:p/ip", { config: { action: projectAction("ip/get") } }, async (request) => {
    requireProject(store.state, request.params.p);
    await ovh.dueWork.settle();
    return addresses(store.state);
  });
}

function projectAnswer({ store, credentials }: CloudContext): Wire {
  return {
    project_id: store.state.projectId,
    projectName: credentials.projectName,
    description: credentials.projectName,
    status: "ok",
    access: "full",
    planCode: "project.2018",
    creationDate: secondsTime(store.state.createdAt),
    expiration: null,
    orderId: null,
    manualQuota: false,
    unleash: false,
  };
}

function addresses({ ovh }: CloudView): Wire[] {
  return ovh.failoverIps.map(({ id, address, move }) => ({
    id,
    ip: `${address}/32`,
    status: move === null ? "ok" : "operationPending",
    type: "failover",
  }));
}
