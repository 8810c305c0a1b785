/** The way by which servers reach the cloud's APIs: the client host's address, where it can be shut. */
import type { Server, Socket } from "node:net";
import type { ClientHost } from "../host/client/clientHost.ts";
import { listenAtClient } from "../host/client/clientListener.ts";
import { inOrder } from "../host/inOrder.ts";
import type { LabCloud } from "./labCloud.ts";

/** The doorway. Open at first. */
export interface ApiDoorway {
  /** Opens or shuts it; connections to a shut one are refused, those that are open end. */
  setOpen(open: boolean): Promise<void>;
}

/** Opens a way from the client host to the cloud. */
export async function openDoorway(
  cloud: Pick<LabCloud, "serve">,
  client: ClientHost,
  port: number,
): Promise<ApiDoorway> {
  const serially = inOrder();
  let socket: Server | undefined;
  const connections = new Set<Socket>();
  const setOpen = async (open: boolean): Promise<void> => {
    if (open && socket === undefined) {
      socket = await listenAtClient(client, port);
      socket.on("connection", (connection) => {
        connections.add(connection);
        connection.once("close", () => connections.delete(connection));
      });
      cloud.serve(socket);
    } else if (!open && socket !== undefined) {
      socket.close();
      for (const connection of connections) connection.destroy();
      socket = undefined;
    }
  };
  await setOpen(true);
  return { setOpen: (open) => serially(() => setOpen(open)) };
}
