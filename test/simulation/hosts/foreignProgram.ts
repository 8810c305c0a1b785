/** Somebody else's daemon as a host runs it. */
import type { AgentConfig } from "../../../agent/config/schema/document.ts";
import type { Role } from "../../../agent/election/election.ts";
import type { Reactor } from "../../../agent/interfaces/kernel.ts";

/** A program of another house, on the same loop as the agent. */
export interface ForeignProgram extends Reactor {
  readonly role: Role;
  start(nowMicros: number): void;
  /** Ends in its own way. */
  stop(): void;
}

/** What such a program does to its machine. */
export interface Grip {
  readonly config: AgentConfig["virtualRouters"][number];
  /** Sends one message to each peer or the group. */
  readonly send: (payloadFor: (destination: string) => Uint8Array) => void;
  readonly hold: () => void;
  readonly letGo: () => void;
  readonly announce: () => void;
  readonly became: (from: Role, to: Role) => void;
}
