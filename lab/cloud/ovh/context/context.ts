/** What the routes of OVH's double share beside the cloud's state. */
import type { z } from "zod";
import { checked, type Problem } from "../../http/validation.ts";
import { type CloudContext, REGION } from "../../state/context.ts";
import type { CloudView } from "../../state/state.ts";
import { type AccessTokens, createAccessTokens } from "./accessTokens.ts";
import { type OvhBehaviour, USUAL_BEHAVIOUR } from "./behaviour.ts";
import type { OvhDefinition } from "./definition.ts";
import { createDueWork, type DueWork } from "./dueWork.ts";
import { badRequest, notFound, type OvhError } from "./errors.ts";
import { createRequestCounts, type RequestCounts } from "./requestCounts.ts";

/** The parts of the double that are not in the state file. */
export interface OvhService {
  readonly definition: OvhDefinition;
  readonly behaviour: OvhBehaviour;
  /** Changes how the double behaves, also towards moves under way. */
  adjust(change: Partial<OvhBehaviour>): void;
  readonly tokens: AccessTokens;
  readonly counts: RequestCounts;
  readonly dueWork: DueWork;
  /** The API's own clock: milliseconds since the epoch. */
  clock(): number;
}

/** The double's parts, over the state of a cloud. */
export function createOvhService(
  { store, now, logger }: Pick<CloudContext, "store" | "now" | "logger">,
  definition: OvhDefinition,
): OvhService {
  let behaviour = USUAL_BEHAVIOUR;
  const dueWork = createDueWork(store, () => behaviour, now, logger);
  return {
    definition,
    get behaviour() {
      return behaviour;
    },
    adjust(change) {
      behaviour = { ...behaviour, ...change };
      dueWork.look();
    },
    tokens: createAccessTokens(now),
    counts: createRequestCounts(),
    dueWork,
    clock: () => now() + behaviour.clockOffsetMs,
  };
}

/** The body as the schema makes it, or OVH's refusal. Keys that a schema does not know are let by, as OVH does. */
export function ovhBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  return checked(schema, body ?? {}, "missing", refusal);
}

function refusal(problem: Problem): OvhError {
  switch (problem.kind) {
    case "missing":
      return badRequest(`Missing parameter: ${problem.attribute}`);
    case "unknown":
      return badRequest(`Unknown parameter: ${problem.attributes.join(", ")}`);
    case "invalid":
      return badRequest(`Invalid parameter: ${problem.path.at(-1) ?? "body"}`);
  }
}

/** Refuses a project that is not the one there is. */
export function requireProject(state: CloudView, id: string): void {
  if (id !== state.projectId) throw notFound("This service does not exist");
}

/** Refuses a region that is not the one there is. */
export function requireRegion(region: string): void {
  if (region !== REGION) throw notFound(`Region ${region} does not exist: there is ${REGION}`);
}
