/** The last rule: what every other rule lets through is a document that the agent accepts, on every node. */
import { checkedAgentConfig } from "../../agent/config/checkedDocument.ts";
import type { AgentConfigInput } from "../../agent/config/schema/document.ts";
import { possibleFacts } from "../plan/agent/cloudFacts.ts";
import type { ClusterPlan } from "../plan/cluster.ts";
import { partsOf } from "../schema/documentField.ts";
import type { Problem } from "../schema/problem.ts";
import { stackKeyOf } from "../stackFile/documentPlace.ts";

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
    const rendered = JSON.parse(document(facts).text) as AgentConfigInput;
    const { error } = checkedAgentConfig.safeParse(rendered);
    for (const { path, message } of error?.issues ?? []) {
      const { why, remedy = "correct it" } = partsOf(message);
      const problem = { key: stackKeyOf(rendered, path), why, remedy };
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
