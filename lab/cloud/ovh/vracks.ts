/** `/vrack`: the private network of an account, and which project is in it. Changes are tasks that are gone when they are done. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { secondsTime, type Wire } from "../http/wire.ts";
import type { CloudContext } from "../state/context.ts";
import { nextNumber, type OvhRecords } from "../state/ovhRecords.ts";
import type { CloudState, CloudView, View } from "../state/state.ts";
import { type OvhService, ovhBody, requireProject } from "./context/context.ts";
import { conflict, notFound } from "./context/errors.ts";
import { type OfProject, projectAction } from "./project.ts";

type Vrack = NonNullable<OvhRecords["vrack"]>;

interface OfVrack {
  Params: { pn: string };
}

interface OfTask {
  Params: { pn: string; id: string };
}

interface OfAttachment {
  Params: { pn: string; project: string };
}

const attachBody = z.object({ project: z.string() });

/** The routes. */
export function serveVracks(app: FastifyInstance, { store, now }: CloudContext, ovh: OvhService): void {
  const action = (name: string): { config: { action: string } } => ({ config: { action: `vrack:apiovh:${name}` } });
  const change = async (pn: string, kind: "attach" | "detach"): Promise<Wire> => {
    await ovh.dueWork.settle();
    return store.change((draft) => {
      const vrack = requireVrack(draft, pn);
      begin(draft, vrack, kind, now());
      return taskAnswer(vrack, draft.projectId);
    });
  };

  app.get("/vrack", action("get"), () => (store.state.ovh.vrack === null ? [] : [store.state.ovh.vrack.name]));
  app.get<OfVrack>("/vrack/:pn", action("get"), (request) => {
    const { name } = requireVrack(store.state, request.params.pn);
    return { name, description: "" };
  });

  app.get<OfVrack>("/vrack/:pn/cloudProject", action("cloudProject/get"), async (request) => {
    await ovh.dueWork.settle();
    return requireVrack(store.state, request.params.pn).hasProject ? [store.state.projectId] : [];
  });
  app.post<OfVrack>("/vrack/:pn/cloudProject", action("cloudProject/attach"), (request) => {
    requireProject(store.state, ovhBody(attachBody, request.body).project);
    return change(request.params.pn, "attach");
  });
  app.get<OfAttachment>("/vrack/:pn/cloudProject/:project", action("cloudProject/get"), async (request) => {
    await ovh.dueWork.settle();
    const { pn, project } = request.params;
    requireAttached(requireVrack(store.state, pn), project, store.state);
    return { vrack: pn, project };
  });
  app.delete<OfAttachment>("/vrack/:pn/cloudProject/:project", action("cloudProject/detach"), (request) => {
    const { pn, project } = request.params;
    requireProject(store.state, project);
    return change(pn, "detach");
  });

  app.get<OfVrack>("/vrack/:pn/task", action("task/get"), async (request) => {
    await ovh.dueWork.settle();
    const { task } = requireVrack(store.state, request.params.pn);
    return task === null ? [] : [task.id];
  });
  app.get<OfTask>("/vrack/:pn/task/:id", action("task/get"), async (request) => {
    await ovh.dueWork.settle();
    const vrack = requireVrack(store.state, request.params.pn);
    // Clients take this 404 for "completed": there is no answer with the status "done".
    if (String(vrack.task?.id) !== request.params.id) throw notFound("The requested object does not exist");
    return taskAnswer(vrack, store.state.projectId);
  });

  app.get<OfProject>("/cloud/project/:p/vrack", { config: { action: projectAction("vrack/get") } }, async (request) => {
    requireProject(store.state, request.params.p);
    await ovh.dueWork.settle();
    const { vrack } = store.state.ovh;
    if (vrack?.hasProject !== true) throw notFound("This project is not attached to a vRack");
    return { id: vrack.name, name: vrack.name, description: "" };
  });
}

function requireVrack<State extends CloudView>(state: State, name: string): NonNullable<State["ovh"]["vrack"]> {
  const { vrack } = state.ovh;
  if (vrack?.name !== name) throw notFound("This service does not exist");
  return vrack;
}

function requireAttached(vrack: View<Vrack>, project: string, state: CloudView): void {
  if (!vrack.hasProject || project !== state.projectId) throw notFound("The requested object does not exist");
}

function begin(draft: CloudState, vrack: Vrack, kind: "attach" | "detach", now: number): void {
  if (vrack.task !== null) throw conflict(`A task is already pending on ${vrack.name}`);
  if (kind === "attach" && vrack.hasProject) throw conflict(`This project is already attached to ${vrack.name}`);
  if (kind === "detach") {
    requireAttached(vrack, draft.projectId, draft);
    const used = draft.networks.filter(({ provider }) => provider.networkType === "vrack");
    if (used.length > 0)
      throw conflict(`This project still has private networks: ${used.map(({ id }) => id).join(", ")}`);
  }
  vrack.task = { id: nextNumber(draft.ovh), kind, since: now };
}

function taskAnswer({ name, task }: View<Vrack>, projectId: string): Wire {
  if (task === null) throw notFound("The requested object does not exist");
  const since = secondsTime(task.since);
  return {
    id: task.id,
    function: task.kind === "attach" ? "addPublicCloudProjectToVrack" : "removePublicCloudProjectFromVrack",
    status: "doing",
    serviceName: name,
    targetDomain: projectId,
    orderId: null,
    lastUpdate: since,
    todoDate: since,
  };
}
