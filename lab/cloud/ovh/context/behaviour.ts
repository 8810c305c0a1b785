/** How OVH's double behaves where the real one may do one thing or another, changeable while it runs. */
import { z } from "zod";

export const ovhBehaviour = z.strictObject({
  /** How long a move of a failover IP takes. */
  moveMs: z.number().nonnegative(),
  /** When the instance that had the address stops getting its packets. */
  releaseAt: z.enum(["start", "end"]),
  /** Whom `routedTo` names during a move. */
  pendingShows: z.enum(["old", "new"]),
  /** `progress` of a move that is done. */
  progressWhenDone: z.union([z.literal(0), z.literal(100)]),
  /** No move ends before this time (milliseconds since the epoch): "stuck in operationPending". */
  stuckUntil: z.number(),
  /** Failover IPs are answered as they were before their last change until this time. */
  staleUntil: z.number(),
  /** What is asked of an instance younger than this is refused with 400, as a new one's address is not known yet. */
  newInstanceMs: z.number().nonnegative(),
  /** Answer to an attach during a move: OVH documents neither. */
  secondAttach: z.union([z.literal(400), z.literal(409)]),
  /** How far the API's clock is from the lab's. */
  clockOffsetMs: z.number(),
  /** How far a signature's time may be from the API's clock. */
  clockToleranceMs: z.number().positive(),
  /** Requests that a credential has in any 60 s; the operator's has no limit. */
  requestsPerMinute: z.int().positive(),
  /** Lifetime of OAuth2 tokens. */
  tokenLifetimeMs: z.number().positive(),
  /** How long a task of the vRack, or another operation, takes. */
  taskMs: z.number().nonnegative(),
});

export type OvhBehaviour = z.infer<typeof ovhBehaviour>;

/** As OVH is believed to be; where that is not known, the kinder of two ways. */
export const USUAL_BEHAVIOUR: OvhBehaviour = {
  moveMs: 2000,
  releaseAt: "end",
  pendingShows: "new",
  progressWhenDone: 100,
  stuckUntil: 0,
  staleUntil: 0,
  newInstanceMs: 0,
  secondAttach: 409,
  clockOffsetMs: 0,
  clockToleranceMs: 30_000,
  requestsPerMinute: 60,
  tokenLifetimeMs: 3_599_000,
  taskMs: 500,
};
