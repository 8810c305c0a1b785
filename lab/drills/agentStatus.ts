/** Reads the agent's status on a server as an operator would, through its command line. */
import { z } from "zod";
import type { LabControl } from "../control/api.ts";

const COMMAND = ["/opt/failover-agent/current/failover-agent", "status", "--json"];

const transition = z.object({ from: z.string(), to: z.string(), reason: z.string(), at: z.string() });

/** The part of the agent's documented status that a drill reads. */
const agentStatus = z.object({
  node: z.string(),
  virtualRouters: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      /** Null with a protocol that has none. */
      priority: z.int().nullable(),
      addressesPresent: z.boolean(),
      lastTransition: transition.nullable().optional(),
      transitions: z.array(transition).optional(),
      peers: z.array(z.object({ address: z.string(), lastHeardAgoMs: z.number().nullable() })).optional(),
    }),
  ),
});

export type AgentStatus = z.infer<typeof agentStatus>;

export type VirtualRouterStatus = AgentStatus["virtualRouters"][number];

/** The agent's status; undefined when the server is off or the agent does not answer. */
export async function readAgentStatus(lab: LabControl, server: string): Promise<AgentStatus | undefined> {
  try {
    const { status, stdout } = await lab.run(server, COMMAND, { timeoutMs: 10_000 });
    return status === 0 ? agentStatus.parse(JSON.parse(stdout)) : undefined;
  } catch {
    // A server that is off has no console; the caller waits or reports it as silent.
    return undefined;
  }
}

/** The status of one virtual router on a server. */
export async function readVirtualRouter(
  lab: LabControl,
  server: string,
  name: string,
): Promise<VirtualRouterStatus | undefined> {
  return (await readAgentStatus(lab, server))?.virtualRouters.find((router) => router.name === name);
}
