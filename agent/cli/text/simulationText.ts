/** A simulation for people: a timeline with a column for each node, and what came of it. */
import { ownEntry } from "../../config/fields/ownEntry.ts";
import type { Occurrence } from "../../simulation/cluster.ts";
import type { Course } from "../../simulation/course.ts";
import type { Simulation } from "../../simulation/simulate.ts";
import { REASONS } from "./reasonText.ts";
import { type Cell, type Paint, plain, tableLines } from "./table.ts";

const MICROS_PER_SECOND = 1_000_000;

export function simulationText(
  { nodes, initial, occurrences, courses, notes }: Simulation,
  paint: Paint = plain,
): string {
  const before = Object.entries(initial).map(([virtualRouter, roles]) => [
    { text: "before" },
    ...nodes.map(
      (node): Cell => ({ text: ownEntry(roles, node) === undefined ? "" : `${virtualRouter}: ${roles[node]}` }),
    ),
  ]);
  const rows = occurrences.map((occurrence) => [
    { text: seconds(occurrence.atMicros) },
    ...nodes.map((node): Cell => (node === occurrence.node ? happened(occurrence) : { text: "" })),
  ]);
  return [
    ...tableLines(["TIME", ...nodes], [...before, ...rows], paint),
    "",
    ...courses.map((course) => paint(conclusion(course))),
    ...notes.map((note) => `note: ${note}`),
  ].join("\n");
}

function happened(occurrence: Occurrence): Cell {
  switch (occurrence.kind) {
    case "lost":
      return { text: "is lost", colour: "red" };
    case "drained":
      return { text: "is drained", colour: "yellow" };
    case "failed":
      return { text: `${occurrence.check} fails`, colour: "yellow" };
    case "transition": {
      const { virtualRouter, to, reason } = occurrence;
      const text = `${virtualRouter}: ${to}, ${REASONS[reason]}`;
      return to === "master" ? { text, colour: "green" } : { text };
    }
  }
}

/** One sentence on one virtual router. */
function conclusion({ virtualRouter, before, after, sinceMicros, unheldMicros }: Course): Cell {
  const [master, ...others] = after;
  if (master === undefined) {
    return { text: `${virtualRouter}: nobody is master in the end${pause(unheldMicros)}`, colour: "red" };
  }
  if (others.length > 0) {
    const text = `${virtualRouter}: ${after.join(" and ")} are all master: they do not hear each other`;
    return { text, colour: "red" };
  }
  if (sinceMicros === undefined) return { text: `${virtualRouter}: ${master} stays master` };
  const who = before.includes(master) ? `${master} is master again` : `${master} is master`;
  return { text: `${virtualRouter}: ${who} after ${seconds(sinceMicros)}${pause(unheldMicros)}`, colour: "bold" };
}

function pause(unheldMicros: number): string {
  return unheldMicros === 0 ? ", with no pause" : `; nobody had the addresses for ${seconds(unheldMicros)}`;
}

function seconds(micros: number): string {
  return `${(micros / MICROS_PER_SECOND).toFixed(3)}s`;
}
