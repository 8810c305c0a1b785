/** os-interface: cards that come and go while a server lives. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import type { Wire } from "../../http/wire.ts";
import { deletePort, portStatus, unbindPort } from "../../neutron/portRecords.ts";
import type { CloudContext } from "../../state/context.ts";
import type { CloudView, Port, View } from "../../state/state.ts";
import { novaBody } from "../request/novaBody.ts";
import { requireState } from "./lifecycle.ts";
import { serverPorts } from "./serverAnswer.ts";
import { attachCard, checkCards, groupIds } from "./serverCards.ts";
import { draftServer, requireServer } from "./servers.ts";

const attachment = z.strictObject({
  port_id: z.string().optional(),
  net_id: z.string().optional(),
  fixed_ips: z
    .array(z.strictObject({ ip_address: z.string() }))
    .length(1)
    .optional(),
});
const attachBody = z.strictObject({ interfaceAttachment: attachment.optional() });

interface OfServer {
  Params: { id: string };
}

interface OfCard {
  Params: { id: string; portId: string };
}

/** `/servers/ID/os-interface`. */
export function serveInterfaces(app: FastifyInstance, { store, now }: CloudContext): void {
  app.get<OfServer>("/servers/:id/os-interface", (request) => {
    const server = requireServer(store.state, request.params.id);
    return { interfaceAttachments: serverPorts(server, store.state).map((port) => cardAnswer(port, store.state)) };
  });

  app.get<OfCard>("/servers/:id/os-interface/:portId", (request) => {
    const { id, portId } = request.params;
    const port = serverPorts(requireServer(store.state, id), store.state).find((card) => card.id === portId);
    if (port === undefined) throw new ApiError(404, `Instance ${id} does not have a port with id ${portId}`);
    return { interfaceAttachment: cardAnswer(port, store.state) };
  });

  app.post<OfServer>("/servers/:id/os-interface", async (request) => {
    const { interfaceAttachment: asked = {} } = novaBody(attachBody, request.body);
    const { port_id: port, net_id: uuid, fixed_ips: fixedIps } = asked;
    if (port !== undefined && uuid !== undefined) throw new ApiError(400, "Must not input both network_id and port_id");
    if (fixedIps !== undefined && uuid === undefined) {
      throw new ApiError(400, "Must input network_id when request IP address");
    }
    const spec = { port, uuid, fixed_ip: fixedIps?.[0]?.ip_address };
    return store.change((draft) => {
      const server = draftServer(draft, request.params.id);
      requireState(server, "attach_interface", ["active", "stopped"]);
      checkCards(draft, { networks: [spec], groupNames: undefined });
      const card = attachCard(draft, server, spec, groupIds(draft, undefined), now());
      return { interfaceAttachment: cardAnswer(card, draft) };
    });
  });

  app.delete<OfCard>("/servers/:id/os-interface/:portId", async (request, reply) => {
    const { id, portId } = request.params;
    await store.change((draft) => {
      const server = draftServer(draft, id);
      requireState(server, "detach_interface", ["active", "stopped"]);
      if (!server.portIds.includes(portId)) {
        throw new ApiError(404, `Instance ${id} does not have a port with id ${portId}`);
      }
      const own = server.ownPortIds.includes(portId);
      server.portIds = server.portIds.filter((other) => other !== portId);
      server.ownPortIds = server.ownPortIds.filter((other) => other !== portId);
      if (own) deletePort(draft, portId, now());
      else unbindPort(draft, portId, now());
    });
    return reply.code(202).send();
  });
}

function cardAnswer(port: View<Port>, state: CloudView): Wire {
  return {
    port_id: port.id,
    net_id: port.networkId,
    mac_addr: port.macAddress,
    port_state: portStatus(port, state),
    fixed_ips: port.fixedIps.map((fixed) => ({ subnet_id: fixed.subnetId, ip_address: fixed.ipAddress })),
  };
}
