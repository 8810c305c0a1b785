/** What became of a virtual router: who was master before and after, and how long nobody answered for its addresses. */
import type { Role } from "../election/election.ts";
import type { Occurrence } from "./cluster.ts";

/** The roles of one virtual router, by node; a node that is lost has none. */
export type Roles = Readonly<Record<string, Role>>;

export interface Course {
  readonly virtualRouter: string;
  /** Names of the nodes that are master; one in good order. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** When the last one of `after` became master, on the clock of the occurrences; undefined: it was so before. */
  readonly sinceMicros: number | undefined;
  /** How long nobody had the addresses. */
  readonly unheldMicros: number;
}

/**
 * The course from some roles on.
 * @param occurrences in order, from time 0 on.
 * @param endMicros when they end.
 */
export function courseOf(
  virtualRouter: string,
  initial: Roles,
  occurrences: readonly Occurrence[],
  endMicros: number,
): Course {
  let roles = initial;
  let sinceMicros: number | undefined;
  let unheldMicros = 0;
  let seenMicros = 0;
  const lookAt = (atMicros: number): void => {
    if (!Object.values(roles).some(ownsAddresses)) unheldMicros += atMicros - seenMicros;
    seenMicros = atMicros;
  };
  for (const occurrence of occurrences) {
    lookAt(occurrence.atMicros);
    roles = afterwards(roles, occurrence, virtualRouter);
    if (isRise(occurrence, virtualRouter)) sinceMicros = occurrence.atMicros;
  }
  lookAt(endMicros);
  return { virtualRouter, before: mastersOf(initial), after: mastersOf(roles), sinceMicros, unheldMicros };
}

function afterwards(roles: Roles, occurrence: Occurrence, virtualRouter: string): Roles {
  if (occurrence.kind === "lost") {
    return Object.fromEntries(Object.entries(roles).filter(([node]) => node !== occurrence.node));
  }
  if (occurrence.kind !== "transition" || occurrence.virtualRouter !== virtualRouter) return roles;
  return { ...roles, [occurrence.node]: occurrence.to };
}

function isRise(occurrence: Occurrence, virtualRouter: string): boolean {
  return occurrence.kind === "transition" && occurrence.virtualRouter === virtualRouter && occurrence.to === "master";
}

/** Whether the addresses are on a node in this role. */
function ownsAddresses(role: Role): boolean {
  return role === "master" || role === "resigning" || role === "resuming";
}

function mastersOf(roles: Roles): string[] {
  return Object.keys(roles).filter((node) => roles[node] === "master");
}
