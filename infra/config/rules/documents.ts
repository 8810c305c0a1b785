/** The last rule: what every other rule lets through is a document that the agent accepts, on every node. */
import { agentConfigSchema } from "../../../agent/config/document.ts";
import { possibleFacts } from "../../plan/cloudFacts.ts";
import type { ClusterPlan } from "../../plan/cluster.ts";
import { partsOf } from "../documentField.ts";
import { keyName, pathOf } from "../explain.ts";
import type { Problem } from "../problem.ts";

/** Parts of a document that stand in the stack under the same name. */
const SAME_IN_STACK: ReadonlySet<PropertyKey> = new Set(["states", "checks", "metrics", "logFacility"]);

interface Refusal {
  readonly problem: Problem;
  /** Where it is refused. */
  readonly nodes: string[];
}

/** What the agents would refuse, once for all nodes that it is the same on. */
export function documentRules({ nodes, vips }: ClusterPlan): readonly Problem[] {
  const problems = new Map<string, Refusal>();
  const moved = vips.filter((vip) => vip.public.kind === "movedFloatingIp");
  const facts = possibleFacts(
    nodes.map(({ name }) => name),
    moved.map(({ name }) => name),
  );
  for (const { name, document } of nodes) {
    const { error } = agentConfigSchema.safeParse(JSON.parse(document(facts).text));
    for (const { path, message } of error?.issues ?? []) {
      const { why, remedy = "correct it" } = partsOf(message);
      const problem = { key: placeOf(path), why, remedy };
      const known: Refusal = problems.get(JSON.stringify(problem)) ?? { problem, nodes: [] };
      problems.set(JSON.stringify(problem), known);
      known.nodes.push(name);
    }
  }
  return [...problems.values()].map(({ problem, nodes: affected }) => {
    if (affected.length === nodes.length) return problem;
    return { ...problem, why: `${problem.why}, on ${affected.join(", ")}` };
  });
}

function placeOf(path: readonly PropertyKey[]): string {
  const [section = ""] = path;
  return SAME_IN_STACK.has(section) ? keyName(pathOf(path)) : `agent.json, ${path.map(String).join(".")}`;
}
