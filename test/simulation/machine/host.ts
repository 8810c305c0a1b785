/** A member of the group on its machine, whatever program it runs. */
import type { AgentConfig } from "../../../agent/config/schema/document.ts";
import type { Role } from "../../../agent/election/election.ts";
import type { Server } from "./server.ts";

export interface Host {
  readonly name: string;
  readonly runs: "agent" | "keepalived" | "ucarp";
  readonly server: Server;
  readonly config: AgentConfig;
  /** Whether it could be master. */
  readonly isFit: boolean;
  start(): void;
  /** In good order. */
  stop(): void;
  /** The machine is switched off without a word. */
  crash(): void;
  boot(): void;
  /** Called after each step of its machine. */
  afterStep(): void;
}

/** A change of role in one step; of a foreigner without a reason. */
export interface RoleChange {
  readonly virtualRouter: string;
  readonly from: Role;
  readonly to: Role;
  readonly reason: string;
}
