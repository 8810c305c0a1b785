/** An Additional IP of OVH Public Cloud (once called failover IP): /cloud/project/{project}/ip/failover. */
import * as z from "zod";
import type { OvhAccess } from "../config/schema/document.ts";
import { apiId, parsed } from "./answer.ts";
import { ApiFailure } from "./apiFailure.ts";
import { OvhSession } from "./ovhSession.ts";
import type { Route, RouteApi } from "./routeApi.ts";

/** cloud.ip.FailoverIp, as far as it matters. `operationPending`: a move is under way. */
const failoverIp = z.object({
  id: apiId,
  ip: z.string().max(64).nullable(),
  routedTo: z.string().max(255).nullable(),
  status: z.enum(["ok", "operationPending"]),
});
type FailoverIp = z.output<typeof failoverIp>;

/** @param instanceId this machine's. */
export function ovhFailoverIp(access: OvhAccess, address: string, instanceId: string): RouteApi {
  const session = new OvhSession(access);
  const collection = `/cloud/project/${access.project}/ip/failover`;
  let id: string | undefined;

  /** The list has whole objects, so that the id and the route come with one call. */
  const find = async (signal: AbortSignal): Promise<FailoverIp> => {
    const all = parsed(z.array(failoverIp), await session.call({ method: "GET", path: collection }, signal));
    const found = all.find(({ ip }) => ip === address);
    if (found !== undefined) return found;
    throw new ApiFailure("missing", `${address} is no failover IP of project ${access.project}: move it there first`);
  };

  const readOne = async (known: string, signal: AbortSignal): Promise<FailoverIp> => {
    try {
      const path = `${collection}/${known}`;
      return parsed(failoverIp, await session.call({ method: "GET", path }, signal));
    } catch (error) {
      // It left the project, or came back under another id.
      if (!(error instanceof ApiFailure && error.status === 404)) throw error;
      id = undefined;
      return await find(signal);
    }
  };

  const note = ({ id: known, routedTo, status }: FailoverIp): Route => {
    id = known;
    return { to: routedTo, settled: status === "ok" };
  };

  return {
    read: async (signal) => note(await (id === undefined ? find(signal) : readOne(id, signal))),
    move: async (signal) => {
      const known = id ?? (await find(signal)).id;
      const path = `${collection}/${known}/attach`;
      return note(parsed(failoverIp, await session.call({ method: "POST", path, body: { instanceId } }, signal)));
    },
    get requests() {
      return session.requests;
    },
    close: () => {
      session.close();
    },
  };
}
