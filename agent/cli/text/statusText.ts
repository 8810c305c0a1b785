/** The status for people: what this node holds and why, what its checks say, whom it hears, what an operator told it. */
import type { AgentStatus } from "../../operator/agentStatus.ts";
import type { OperatorStatus } from "../../operator/operatorState.ts";
import { checkTable, peerTable } from "./healthText.ts";
import { publicAddressTable } from "./publicAddressText.ts";
import { countWords, durationWords } from "./reasonText.ts";
import { type Paint, plain } from "./table.ts";
import { virtualRouterDetails, virtualRouterTable } from "./virtualRouterText.ts";

const MS_PER_SECOND = 1_000;

/** Several lines, the same for the same status and time. */
export function statusText(status: AgentStatus, nowMs: number, paint: Paint = plain): string {
  return [
    headline(status, nowMs),
    ...troubleLines(status, paint),
    ...operatorLines(status.operator, nowMs, paint),
    "",
    ...virtualRouterTable(status, nowMs, paint),
    ...section(publicAddressTable(status, paint)),
    ...section(checkTable(status, nowMs, paint)),
    ...section(peerTable(status, paint)),
    ...section(detailLines(status)),
  ].join("\n");
}

function headline({ node, version, config, startedAt }: AgentStatus, nowMs: number): string {
  const up = durationWords((nowMs - Date.parse(startedAt)) / MS_PER_SECOND);
  return `${node}: failover-agent ${version}, configuration ${config.digest.slice(0, 12)}, up ${up}`;
}

function troubleLines({ troubles }: AgentStatus, paint: Paint): string[] {
  return troubles.map(({ message, error }) => paint({ text: `${message} (${error})`, colour: "red" }));
}

function operatorLines(operator: OperatorStatus, nowMs: number, paint: Paint): string[] {
  const { drained, maintenance, handedOver, isKept } = operator;
  const lines: string[] = [];
  if (maintenance !== null) {
    const left = durationWords((Date.parse(maintenance.until) - nowMs) / MS_PER_SECOND);
    lines.push(`in maintenance until ${maintenance.until.replace(/\.\d+Z$/, "Z")} (${left} more)`);
  }
  if (drained) lines.push("drained: may not be master until `failover-agent undrain`");
  if (handedOver.length > 0) {
    lines.push(`handed over: ${handedOver.join(", ")}; preempts nobody there until \`failover-agent undrain\``);
  }
  if (!isKept) lines.push("what the operator said is not on disk: a restart forgets it");
  return lines.map((text) => paint({ text, colour: "yellow" }));
}

function detailLines({ virtualRouters, hooks, dropped, flooded, peerLink }: AgentStatus): string[] {
  const failed = hooks.flatMap(({ virtualRouter, failures }) =>
    Object.entries(failures).map(([hook, count]) => `${virtualRouter}: hook ${hook} failed ${count} times`),
  );
  const strays = countWords(dropped);
  return [
    ...virtualRouters.flatMap((router) => virtualRouterDetails(router, peerLink?.peers ?? [])),
    ...failed,
    ...(strays === undefined ? [] : [`dropped, for no virtual router of this node: ${strays}`]),
    ...(flooded ? ["flooded: only the configured senders are heard, and what others send is not counted"] : []),
  ];
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}
