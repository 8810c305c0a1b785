/** What one machine did in one turn, for those who judge it. */
import type { Packet } from "../../../agent/protocol/packet/packet.ts";
import type { Deed } from "../../../agent/simulation/deeds.ts";
import type { Host, RoleChange } from "./host.ts";
import type { Cause } from "./server.ts";

export interface Step {
  readonly atMicros: number;
  readonly host: Host;
  readonly cause: Cause;
  readonly deeds: readonly Deed[];
  readonly changes: readonly RoleChange[];
  /** The packet that the turn was for. */
  readonly heard: Packet | undefined;
}
