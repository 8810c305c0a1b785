/** Makes a drill's subject out of the stack's outputs and the lab's status. */
import { UserError } from "../../toolchain/userError.ts";
import type { LabStatus } from "../control/api.ts";
import type { StackOutputs } from "./outputs.ts";
import type { Subject } from "./rehearse.ts";

/** The port the lab's servers serve their name on. */
const HTTP_PORT = 80;

/** The VIP to rehearse: the one named, or the only one. */
export function subjectOf(outputs: StackOutputs, vip?: string): Subject {
  const names = Object.keys(outputs.vips);
  const name = vip ?? names[0];
  const chosen = name !== undefined && Object.hasOwn(outputs.vips, name) ? outputs.vips[name] : undefined;
  if (name === undefined || chosen === undefined) {
    throw new UserError(`the stack has no VIP named "${String(vip)}"`, `use one of: ${names.join(", ")}`);
  }
  const servers = chosen.nodes.flatMap(({ name: node }) => {
    const id = outputs.nodes[node]?.id;
    return id === undefined ? [] : [[node, id] as const];
  });
  return {
    vip: name,
    address: chosen.address,
    publicAddress: chosen.publicAddress ?? chosen.address,
    port: HTTP_PORT,
    masterToBe: chosen.masterToBe,
    servers: new Map(servers),
  };
}

/** Maps a server's host name, as its web page says it, to the node's name in the stack. */
export function nodeNames(outputs: StackOutputs, status: Pick<LabStatus, "servers">): (hostName: string) => string {
  const nodeOfServer = new Map(Object.entries(outputs.nodes).map(([node, { id }]) => [id, node]));
  const nodeOfHost = new Map(
    status.servers.flatMap(({ id, name }) => {
      const node = nodeOfServer.get(id);
      return node === undefined ? [] : [[name, node] as const];
    }),
  );
  return (hostName) => nodeOfHost.get(hostName) ?? hostName;
}
