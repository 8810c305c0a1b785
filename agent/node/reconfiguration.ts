/** The answer to a new configuration. */
import type { ObstacleStatus } from "../virtualRouter/obstacles.ts";

/** What a new configuration did, by the names of virtual routers. */
export interface Reconfiguration {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** What is in the way of those that are new or changed, on this machine. */
  readonly obstacles: readonly (ObstacleStatus & { readonly virtualRouter: string })[];
}
