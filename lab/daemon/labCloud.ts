/** What a lab's daemon needs of its cloud, whichever plays it: APIs, machines, and what there is. */
import type { Server as Socket } from "node:net";
import type { Cloud } from "../cloud/cloud.ts";
import type { FaultTable } from "../cloud/http/faults.ts";
import type { LabStatus } from "../control/api.ts";
import type { LocalHypervisor } from "../host/hypervisor/createHypervisor.ts";
import type { Card } from "../host/region.ts";

/** What there is in the project. */
export type RegionView = Pick<LabStatus, "servers" | "networks" | "floatingIps">;

/** What servers really are, behind the API's back. */
export type Machines = Pick<LocalHypervisor, "client" | "bastion" | "powerCut" | "run" | "setPortCondition">;

/** A cloud that runs. */
export interface LabCloud {
  /** Where clients log in: OS_AUTH_URL. */
  readonly authUrl: string;
  readonly machines: Machines;
  /** Rules that make the APIs misbehave; empty at first. */
  readonly faults: FaultTable;
  /** The doubles themselves; a real cloud has none. */
  readonly doubles: Cloud | undefined;
  view(): Promise<RegionView>;
  /** The cards of a server, without a question to the APIs. */
  cardsOf(serverId: string): readonly Card[];
  /** Serves the connections of another listening socket as well, which stays the caller's to close. */
  serve(socket: Socket): void;
  /** Ends it and its machines, and leaves the host as it was. */
  close(): Promise<void>;
}
