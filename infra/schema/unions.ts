/** Which of several shapes somebody meant, when a value has none of them. */
import type { z } from "zod";

/** A value of another kind altogether is further from a shape than any number of slips within it. */
const ANOTHER_KIND = 100;

type Issue = z.core.$ZodIssue;

/** What is wrong with the value as the shape it is nearest to; undefined when several are equally near. */
export function nearestShape(shapes: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const [first, second] = shapes
    .map((issues) => ({ issues, distance: distanceOf(issues) }))
    .sort((a, b) => a.distance - b.distance);
  if (first === undefined || first.distance >= ANOTHER_KIND || first.distance === second?.distance) return undefined;
  return first.issues;
}

function distanceOf(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === "unrecognized_keys") return sum + issue.keys.length;
    return sum + (issue.path.length === 0 ? ANOTHER_KIND : 1);
  }, 0);
}
