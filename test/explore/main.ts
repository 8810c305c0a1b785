/** Explores the shipped machines to the depth that is asked for, and prints how many states there are. */
import { parseArgs } from "node:util";
import { type Exploration, explore } from "./explore.ts";
import { carpGroup, vrrpGroup } from "./machines.ts";

const { values } = parseArgs({
  options: { depth: { type: "string", default: "7" }, depth3: { type: "string", default: "5" } },
});
const [two, three] = [Number(values.depth), Number(values.depth3)];

const explorations: readonly (() => Exploration)[] = [
  () => explore(vrrpGroup(2, true), 2, two),
  () => explore(vrrpGroup(2, false), 2, two),
  () => explore(carpGroup(2, "openbsd"), 2, two),
  () => explore(carpGroup(2, "ucarp"), 2, two),
  () => explore(vrrpGroup(3, true), 3, three),
  () => explore(carpGroup(3, "openbsd"), 3, three),
];

for (const run of explorations) {
  const startMs = performance.now();
  const { name, depth, states, steps, wrong } = run();
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  process.stdout.write(`${name}: ${states} states to depth ${depth}, ${steps} steps, ${seconds} s\n`);
  if (wrong === undefined) continue;
  process.stdout.write(`${wrong.what}\n${wrong.way.map((words) => `  ${words}\n`).join("")}`);
  process.exitCode = 1;
}
