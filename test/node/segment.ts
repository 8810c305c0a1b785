/** Machines with the kernel in memory of agent/simulation, and the segment that joins them, for the tests of the node. */
import type { AgentConfig } from "../../agent/config/schema/document.ts";
import type { Link } from "../../agent/interfaces/kernel.ts";
import { AgentNode } from "../../agent/node/node.ts";
import type { Machine as SimulatedMachine } from "../../agent/simulation/segment.ts";
import type { NodeReport } from "../../agent/virtualRouter/report.ts";
import { FakeKernel } from "../support/fakeKernel.ts";

export { packet, Segment } from "../../agent/simulation/segment.ts";

/** A machine, and what it reported. */
export interface Machine extends SimulatedMachine {
  readonly reports: NodeReport[];
}

export type NodeMachine = Machine & { readonly reactor: AgentNode };

/** A node on a machine of its own, not started. */
export function machineWith(config: AgentConfig, ...links: readonly Link[]): NodeMachine {
  const kernel = new FakeKernel(links);
  const reports: NodeReport[] = [];
  return { kernel, reports, reactor: new AgentNode(config, kernel, (report) => reports.push(report)) };
}
