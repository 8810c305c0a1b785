/** A picture of what a stack built, drawn from its outputs. */
import type { StackOutputs } from "./drills/outputs.ts";

type Vip = StackOutputs["vips"][string];

/** Inside of a node's box, and the blank between two of them. */
const INSIDE = 24;
const BETWEEN = 1;
const INDENT = " ".repeat(8);
/** Where the line from the VIP comes down to the first box, counted from the left edge of the boxes. */
const STEM = INSIDE / 2;

/** Draws each VIP with its public address above and the nodes that may hold it below, the highest priority first. */
export function drawCluster(outputs: StackOutputs): string {
  return Object.entries(outputs.vips)
    .map(([name, vip]) => drawVip(name, vip).join("\n"))
    .join("\n\n");
}

function drawVip(name: string, vip: Vip): string[] {
  const stem = `${INDENT}${" ".repeat(STEM)}│`;
  const boxes = vip.nodes.map((node) => [
    node.name,
    node.address,
    `priority ${node.priority}${node.name === vip.masterToBe ? ", master" : ""}`,
  ]);
  return [
    ...(vip.publicAddress === undefined ? [] : [`  clients ──▶ ${vip.publicAddress}  (floating IP)`, stem]),
    `  VIP "${name}" ──▶ ${vip.address}  (${vip.protocol} ${vip.virtualRouterId})`,
    ...(boxes.length > 1 ? [`${INDENT}${branches(boxes.length)}`] : [stem]),
    ...drawBoxes(boxes),
  ];
}

/** The line from the stem over all boxes but the last, with a way down to each. */
function branches(count: number): string {
  const arm = "─".repeat(INSIDE + 1 + BETWEEN);
  const joints = Array.from({ length: count }, (_, index) => (index === 0 ? "├" : index === count - 1 ? "┐" : "┬"));
  return " ".repeat(STEM) + joints.join(arm);
}

function drawBoxes(boxes: readonly (readonly string[])[]): string[] {
  const row = (cell: (box: readonly string[]) => string): string => INDENT + boxes.map(cell).join(" ".repeat(BETWEEN));
  const lid = `┌${"─".repeat(STEM - 1)}┴${"─".repeat(INSIDE - STEM)}┐`;
  const lines = [0, 1, 2].map((line) => row((box) => `│ ${(box[line] ?? "").padEnd(INSIDE - 2)} │`));
  return [row(() => lid), ...lines, row(() => `└${"─".repeat(INSIDE)}┘`)];
}
