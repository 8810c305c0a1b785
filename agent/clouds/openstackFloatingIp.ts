/** A floating IP of OpenStack that leads to one machine's port: Neutron's /v2.0/floatingips. */
import * as z from "zod";
import type { OpenstackAccess } from "../config/schema/document.ts";
import { apiId, parsed } from "./answer.ts";
import { ApiFailure } from "./apiFailure.ts";
import { OpenstackSession } from "./openstackSession.ts";
import type { Route, RouteApi } from "./routeApi.ts";

const floatingIp = z.object({
  id: apiId,
  port_id: z.string().max(255).nullable(),
  port_details: z.object({ device_id: z.string().max(255) }).nullish(),
});
type FloatingIp = z.output<typeof floatingIp>;

const floatingIps = z.object({ floatingips: z.array(floatingIp) });
const oneFloatingIp = z.object({ floatingip: floatingIp });
const ports = z.object({ ports: z.array(z.object({ id: apiId })) });

/**
 * @param instanceId this machine's
 * @param ownAddress on the private network: the floating IP leads to the port that has it
 */
export function openstackFloatingIp(
  access: OpenstackAccess,
  address: string,
  instanceId: string,
  ownAddress: string,
): RouteApi {
  const session = new OpenstackSession(access);
  let id: string | undefined;
  let portId: string | undefined;

  const get = (path: string, signal: AbortSignal): Promise<unknown> => session.call({ method: "GET", path }, signal);

  const find = async (signal: AbortSignal): Promise<FloatingIp> => {
    const path = `/v2.0/floatingips?floating_ip_address=${address}`;
    const [found] = parsed(floatingIps, await get(path, signal)).floatingips;
    if (found !== undefined) return found;
    throw new ApiFailure("missing", `the project has no floating IP ${address}`);
  };

  const findPort = async (signal: AbortSignal): Promise<string> => {
    const fixed = encodeURIComponent(`ip_address=${ownAddress}`);
    const [found] = parsed(ports, await get(`/v2.0/ports?device_id=${instanceId}&fixed_ips=${fixed}`, signal)).ports;
    if (found !== undefined) return found.id;
    throw new ApiFailure("missing", `instance ${instanceId} has no port with ${ownAddress}`);
  };

  // Whoever has it is known by its machine, as everywhere; where the cloud does not say, by its port.
  const note = ({ id: known, port_id: port, port_details: details }: FloatingIp): Route => {
    id = known;
    const holder = port !== null && port === portId ? instanceId : (details?.device_id ?? port);
    return { to: holder, settled: true };
  };

  return {
    read: async (signal) => {
      portId ??= await findPort(signal);
      return note(await find(signal));
    },
    move: async (signal) => {
      portId ??= await findPort(signal);
      const known = id ?? (await find(signal)).id;
      // Both ids are looked up anew after a failure: a port may have been replaced with its machine.
      const body = { floatingip: { port_id: portId, fixed_ip_address: ownAddress } };
      const path = `/v2.0/floatingips/${known}`;
      try {
        return note(parsed(oneFloatingIp, await session.call({ method: "PUT", path, body }, signal)).floatingip);
      } catch (error) {
        [id, portId] = [undefined, undefined];
        throw error;
      }
    },
    get requests() {
      return session.requests;
    },
    close: () => {
      session.close();
    },
  };
}
