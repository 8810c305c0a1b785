/** `/cloud/project/{p}/ip/failover`: addresses that OVH routes to an instance, and moves in its own time. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Wire } from "../http/wire.ts";
import type { CloudContext } from "../state/context.ts";
import type { FailoverIp } from "../state/ovhRecords.ts";
import { type CloudState, type CloudView, findById, type Server, type View } from "../state/state.ts";
import type { OvhBehaviour } from "./context/behaviour.ts";
import { type OvhService, ovhBody, requireProject } from "./context/context.ts";
import { badRequest, conflict, notFound } from "./context/errors.ts";
import { externalAddress } from "./context/externalAddress.ts";
import { type OfProject, projectAction } from "./project.ts";

interface OfOne {
  Params: { p: string; id: string };
}

const attachBody = z.object({ instanceId: z.string() });

/** The routes. There is none to detach, as at OVH. */
export function serveFailoverIps(app: FastifyInstance, context: CloudContext, ovh: OvhService): void {
  const { store, now } = context;
  const path = "/cloud/project/:p/ip/failover";
  const read = { config: { action: projectAction("ip/failover/get") } };
  const answer = (ip: View<FailoverIp>): Wire => failoverIpAnswer(ip, ovh.behaviour, now());

  app.get<OfProject>(path, read, async (request) => {
    requireProject(store.state, request.params.p);
    await ovh.dueWork.settle();
    return store.state.ovh.failoverIps.map(answer);
  });

  app.get<OfOne>(`${path}/:id`, read, async (request) => {
    requireProject(store.state, request.params.p);
    await ovh.dueWork.settle();
    return answer(requireFailoverIp(store.state, request.params.id));
  });

  app.post<OfOne>(
    `${path}/:id/attach`,
    { config: { action: projectAction("ip/failover/attach") } },
    async (request) => {
      requireProject(store.state, request.params.p);
      const { instanceId } = ovhBody(attachBody, request.body);
      await ovh.dueWork.settle();
      return store.change((draft) => {
        const ip = requireFailoverIp(draft, request.params.id);
        attach(draft, ip, instanceId, context, ovh.behaviour);
        return answer(ip);
      });
    },
  );
}

function requireFailoverIp<State extends CloudView>(state: State, id: string): State["ovh"]["failoverIps"][number] {
  const ip = findById<State["ovh"]["failoverIps"][number]>(state.ovh.failoverIps, id);
  if (ip === undefined) throw notFound(`The requested object (id = ${id}) does not exist`);
  return ip;
}

/** Begins a move. An address that is there already stays: nothing happens. */
function attach(
  draft: CloudState,
  ip: FailoverIp,
  instanceId: string,
  context: CloudContext,
  behaviour: OvhBehaviour,
): void {
  const instance = findById(draft.servers, instanceId);
  if (instance === undefined || instance.task?.kind === "deleting") {
    throw notFound(`The requested object (instanceId = ${instanceId}) does not exist`);
  }
  if (ip.move !== null) {
    const message = `An operation is already pending on ${ip.address}`;
    throw behaviour.secondAttach === 409 ? conflict(message) : badRequest(message);
  }
  requireAble(draft, instance, context, behaviour);
  if (ip.routedTo === instanceId) return;
  ip.previous = ip.routedTo;
  ip.move = { to: instanceId, since: context.now() };
  if (behaviour.releaseAt === "start") ip.reaches = null;
}

function requireAble(
  state: CloudView,
  instance: View<Server>,
  { flavors, now }: CloudContext,
  { newInstanceMs }: OvhBehaviour,
): void {
  if (instance.vm.kind === "error" || instance.vm.kind === "building") {
    throw badRequest(`Instance ${instance.id} is not ready for an IP`);
  }
  if (now() - (instance.launchedAt ?? now()) < newInstanceMs) {
    throw badRequest(`Instance ${instance.id} has no IP allocated yet`);
  }
  if (externalAddress(state, instance) === undefined)
    throw badRequest(`Instance ${instance.id} has no public interface`);
  if (flavors.find(({ id }) => id === instance.flavorId)?.failoverIp === false) {
    throw badRequest(`The flavor of instance ${instance.id} does not support failover IPs`);
  }
}

/** Percent that no move shows before its end. */
const ALMOST = 99;

function failoverIpAnswer(ip: View<FailoverIp>, behaviour: OvhBehaviour, now: number): Wire {
  const { id, address, move, routedTo, previous } = ip;
  const fixed = { id, ip: address, block: `${address}/32`, continentCode: "EU", geoloc: "FR", subType: "cloud" };
  if (now < behaviour.staleUntil) return { ...fixed, status: "ok", progress: 0, routedTo: previous };
  if (move === null) {
    return { ...fixed, status: "ok", progress: previous === routedTo ? 0 : behaviour.progressWhenDone, routedTo };
  }
  const done = behaviour.moveMs === 0 ? 1 : (now - move.since) / behaviour.moveMs;
  return {
    ...fixed,
    status: "operationPending",
    progress: Math.min(Math.floor(done * 100), ALMOST),
    routedTo: behaviour.pendingShows === "new" ? move.to : routedTo,
  };
}
