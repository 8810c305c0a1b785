/** The commands that talk to the running agent. Each resolves to its exit code. @throws AgentUnreachable */
import { readFileSync } from "node:fs";
import { documentText } from "../config/documentText.ts";
import type { HandoverOrder, OperatorOrder } from "../operator/orders.ts";
import { fetchMetrics, fetchRecording, fetchStatus, sendHandover, sendOperatorOrder, sendReload } from "./client.ts";
import { awaitRoles, heldHere } from "./outcome.ts";
import { EXIT, type ExitCode, refuse, show, type Terminal } from "./terminal.ts";
import { reloadText } from "./text/reloadText.ts";
import { statusText } from "./text/statusText.ts";

/** What every one of them is given. */
export interface Asking {
  readonly terminal: Terminal;
  readonly socketPath: string;
  readonly json: boolean;
}

export async function status({ terminal, socketPath, json }: Asking): Promise<ExitCode> {
  const answer = await fetchStatus(socketPath);
  if ("problems" in answer) return refuse(terminal, "the agent cannot tell its status", answer.problems);
  show(terminal, json, answer, () => statusText(answer, Date.now(), terminal.paint));
  return EXIT.done;
}

export async function reload({ terminal, socketPath, json }: Asking, config: string): Promise<ExitCode> {
  const decoded = documentText(readFileSync(config));
  const answer = decoded.ok ? await sendReload(socketPath, decoded.text) : { problems: [decoded.problem] };
  if ("problems" in answer) {
    return refuse(terminal, `${config} is refused, the running configuration stays`, answer.problems);
  }
  show(terminal, json, answer, () => reloadText(answer));
  return EXIT.done;
}

/** Hands roles over and waits until it is known who has them. */
export async function handover(asking: Asking, order: HandoverOrder): Promise<ExitCode> {
  const { terminal, socketPath, json } = asking;
  const answer = await sendHandover(socketPath, order);
  if ("problems" in answer) return refuse(terminal, "nothing is handed over", answer.problems);
  const outcomes = await awaitRoles(socketPath, answer.handedOver);
  const kept = outcomes.filter(({ role }) => role !== "backup" && role !== "initialize");
  show(terminal, json, { ...answer, outcomes }, () => outcomes.map(({ text }) => text).join("\n"));
  if (kept.length === 0) return EXIT.done;
  return refuse(
    terminal,
    "not everything was taken",
    kept.map(({ virtualRouter }) => `nobody took ${virtualRouter}`),
  );
}

/** Takes the node out of service, or puts it back; waits for the end of the former. */
export async function operate(asking: Asking, order: OperatorOrder): Promise<ExitCode> {
  const { terminal, socketPath, json } = asking;
  const leaves = order.kind === "drain" || order.kind === "maintenance";
  const held = leaves ? await heldHere(socketPath) : new Set<string>();
  const answer = await sendOperatorOrder(socketPath, order);
  if ("problems" in answer) return refuse(terminal, "the agent does not do so", answer.problems);
  const outcomes = leaves ? await awaitRoles(socketPath) : [];
  show(terminal, json, { ...answer, outcomes }, () =>
    [WORDS[order.kind], ...outcomes.map(({ text }) => text)].join("\n"),
  );
  if (!answer.isKept) terminal.complain("failover-agent: it is in force, but not on disk: a restart forgets it");
  const lost = outcomes.filter(({ virtualRouter, reason }) => held.has(virtualRouter) && reason === "no-successor");
  if (lost.length === 0) return EXIT.done;
  return refuse(
    terminal,
    `${WORDS[order.kind]}, and not everything was taken`,
    lost.map(({ virtualRouter }) => `nobody took ${virtualRouter}: no node answers for its addresses now`),
  );
}

export async function metrics({ terminal, socketPath }: Asking): Promise<ExitCode> {
  const text = await fetchMetrics(socketPath);
  if (typeof text !== "string") return refuse(terminal, "the agent cannot tell its metrics", text.problems);
  terminal.print(text.trimEnd());
  return EXIT.done;
}

export async function record({ terminal, socketPath }: Asking): Promise<ExitCode> {
  const text = await fetchRecording(socketPath);
  if (typeof text !== "string") return refuse(terminal, "the agent cannot tell what it recorded", text.problems);
  terminal.print(text.trimEnd());
  return EXIT.done;
}

const WORDS: Readonly<Record<OperatorOrder["kind"], string>> = {
  drain: "the node is drained",
  undrain: "the node is in service",
  maintenance: "the node is in maintenance",
  "end-maintenance": "the maintenance is over",
};
