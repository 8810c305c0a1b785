/**
 * The score: does each seeded bug to a copy of the house, runs the cheap layers of tests in order, and prints which one
 * killed it. `--all` goes on to the other layers, `--only NAME` takes one bug. Ends with 1 when a bug survives.
 */
import { parseArgs } from "node:util";
import { type Bug, seededBugs } from "./bugs.ts";
import { Scratch } from "./scratch.ts";

interface Layer {
  readonly name: string;
  readonly argv: (bug: Bug) => readonly string[];
}

/** What the slowest layer takes on a machine that has other work, and more. */
const LIMIT_MS = 480_000;
const NAME_WIDTH = 40;
const CELL_WIDTH = 20;

/** The tests of the room that the bug is in; claims are carried out by the node, so its tests know them, too. */
function unitTests({ file }: Bug): string[] {
  const [house = "", room = ""] = file.split("/");
  if (house !== "agent") return [`test/${house}/**/*.test.ts`];
  const rooms = room === "claims" ? ["claims", "node"] : [room];
  return rooms.map((name) => `test/${name}/**/*.test.ts`);
}

const LAYERS: readonly Layer[] = [
  { name: "unit", argv: (bug) => ["mocha", "--bail", "--ignore", "test/node/build.test.ts", ...unitTests(bug)] },
  { name: "simulation", argv: () => ["mocha", "--bail", "--timeout", "300000", "test/simulation/world.*test.ts"] },
  { name: "exploration", argv: () => ["mocha", "--bail", "test/explore/**/*.test.ts"] },
];

const { values } = parseArgs({
  options: { all: { type: "boolean", default: false }, only: { type: "string" }, layer: { type: "string" } },
});

function say(line: string): void {
  process.stdout.write(`${line.trimEnd()}\n`);
}

/** A layer that fails without any bug kills nothing. @throws Error naming it */
function mustBeGood(bugs: readonly Bug[], scratch: Scratch, layers: readonly Layer[]): void {
  const runs = new Map(layers.flatMap(({ argv }) => bugs.map((bug) => [argv(bug).join(" "), argv(bug)] as const)));
  for (const [words, argv] of runs) {
    const end = scratch.run(argv, LIMIT_MS);
    if (end !== "good") throw new Error(`without any bug it is ${end}: ${words}; mend that first`);
  }
}

/** @returns whether any layer killed it */
function score(bug: Bug, scratch: Scratch, layers: readonly Layer[]): boolean {
  scratch.apply(bug);
  const cells: string[] = [];
  let isKilled = false;
  for (const layer of layers) {
    if (isKilled && !values.all) break;
    const startMs = performance.now();
    const end = scratch.run(layer.argv(bug), LIMIT_MS);
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    isKilled ||= end !== "good";
    if (end !== "good") cells.push(`${layer.name}, ${seconds} s${end === "failed" ? "" : ", hung"}`);
    else if (values.all) cells.push("-");
  }
  scratch.undo(bug);
  const row = cells.map((cell) => cell.padEnd(CELL_WIDTH)).join("");
  say(`${bug.name.padEnd(NAME_WIDTH)}${isKilled ? row : `SURVIVES: ${bug.complaint}`}`);
  return isKilled;
}

function run(): boolean {
  const layers = LAYERS.filter(({ name }) => values.layer === undefined || values.layer === name);
  const bugs = seededBugs().filter(({ name }) => values.only === undefined || values.only === name);
  const scratch = new Scratch();
  try {
    mustBeGood(bugs, scratch, layers);
    const killed = bugs.filter((bug) => score(bug, scratch, layers)).length;
    say(`${killed} of ${bugs.length} bugs killed`);
    return killed === bugs.length;
  } finally {
    scratch.close();
  }
}

process.exitCode = run() ? 0 : 1;
