/** One of Nova's servers as a machine of the lab. */
import type { Server } from "../../host/hypervisor/server.ts";
import type { InOrder } from "../../host/inOrder.ts";
import type { HostNames } from "../../host/names.ts";
import type { BuiltPort } from "../../host/network/plan.ts";
import type { PortPlan } from "../../host/region.ts";
import type { PowerEvent } from "./words.ts";

/** What the machines need of this host. */
export interface MachineHost {
  readonly names: HostNames;
  readonly stateDir: string;
  /** Root of the base image. */
  readonly image: string;
  readonly boots: InOrder;
  /** How many compute hosts there are: `compute-1` and so on. */
  readonly computeHosts: number;
}

export interface Machine {
  readonly host: string;
  readonly server: Server;
  ports: readonly PortPlan[];
  /** Why it failed to start, when it did. */
  failure: string | undefined;
}

export type Listener = (host: string, event: PowerEvent) => void;

/** There is no such server on that host, or no such host. */
export class NotFound extends Error {
  override readonly name = "NotFound";
}

export function firstFree(plugged: readonly BuiltPort[]): string {
  const taken = new Set(plugged.map(({ device }) => device));
  let index = 0;
  while (taken.has(`eth${index}`)) index += 1;
  return `eth${index}`;
}
