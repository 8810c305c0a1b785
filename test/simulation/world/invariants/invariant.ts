/** What must hold, and what is there to judge it by: one step of one machine, and the world after it. */
import type { Packet } from "../../../../agent/protocol/packet/packet.ts";
import type { Deed } from "../../../../agent/simulation/memoryKernel.ts";
import type { Host, RoleChange } from "../host.ts";
import type { Cause } from "../server.ts";
import type { World } from "../world.ts";

/** What one machine did in one turn. */
export interface Step {
  readonly atMicros: number;
  readonly host: Host;
  readonly cause: Cause;
  readonly deeds: readonly Deed[];
  readonly changes: readonly RoleChange[];
  /** The packet that the turn was for. */
  readonly heard: Packet | undefined;
}

export interface Invariant {
  /** As in shared/research/anchors.md C2. */
  readonly number: string;
  readonly sentence: string;
  /** @returns what is wrong after a step, in words */
  after(step: Step, world: World): string | undefined;
  /** The same at times when nobody did anything. */
  meanwhile?(world: World): string | undefined;
}
