/** The commands that need no running agent: check, simulate, replay. Each resolves to its exit code. */
import { readFileSync } from "node:fs";
import { configDigest } from "../config/digest.ts";
import { parseAgentConfig } from "../config/parse.ts";
import { type SelfAnalysis, selfAnalysis } from "../config/priority/selfAnalysis.ts";
import type { AgentConfig } from "../config/schema/document.ts";
import type { SimulationBasis } from "../control/protocol.ts";
import type { Refusal } from "../operator/orders.ts";
import { liveScenario } from "../simulation/liveScenario.ts";
import { type Replay, replay as replayed } from "../simulation/replay.ts";
import { type Scenario, scenarioOfConfigs } from "../simulation/scenario.ts";
import { simulate as simulated, type WhatIf } from "../simulation/simulate.ts";
import { EXIT, type ExitCode, refuse, show, type Terminal } from "./terminal.ts";
import { simulationText } from "./text/simulationText.ts";

export interface Offline {
  readonly terminal: Terminal;
  readonly json: boolean;
}

/** Says whether a configuration is good; `-` reads it from stdin. */
export function check({ terminal, json }: Offline, path: string): ExitCode {
  const parsed = parseAgentConfig(bytesOf(path));
  if (!parsed.ok) return refuse(terminal, `${path} is refused`, parsed.problems);
  const { config } = parsed;
  const algebra = selfAnalysis(config.node, config.virtualRouters);
  const problems = algebra.flatMap(({ virtualRouter, ineffective }) =>
    ineffective.map(
      (one) => `${virtualRouter}: check ${one.check} can never move the address: ${one.why}; ${one.remedy}`,
    ),
  );
  if (problems.length > 0) return refuse(terminal, `${path} is refused`, [...problems, ...algebra.flatMap(effects)]);
  const digest = configDigest(config);
  show(terminal, json, { node: config.node, digest, algebra }, () =>
    [
      `${path} is good: node ${config.node}, virtual routers ${config.virtualRouters.map(({ name }) => name).join(", ")}, digest ${digest.slice(0, 12)}`,
      ...algebra.flatMap(effects),
    ].join("\n"),
  );
  return EXIT.done;
}

/** `web: 200; when uplink fails, 140; when service fails, held back` */
function effects({ virtualRouter, configured, effects: all }: SelfAnalysis): string[] {
  if (all.length === 0) return [];
  const words = all.map(({ check: name, effective }) => `when ${name} fails, ${effective?.text ?? "held back"}`);
  return [`${virtualRouter}: ${[configured?.text ?? "", ...words].join("; ")}`];
}

/**
 * Tells what would happen.
 * @param configs of several nodes; empty: the running agent and what it knows of its peers.
 * @param running asks that agent.
 */
export async function simulate(
  { terminal, json }: Offline,
  whatIf: WhatIf,
  configs: readonly string[],
  running: () => Promise<SimulationBasis | Refusal>,
): Promise<ExitCode> {
  const scenario = configs.length > 0 ? offlineScenario(configs) : scenarioOf(await running());
  if ("problems" in scenario) return refuse(terminal, "nothing to simulate", scenario.problems);
  const simulation = simulated(scenario, whatIf);
  if ("problems" in simulation) return refuse(terminal, "nothing to simulate", simulation.problems);
  show(terminal, json, simulation, () => simulationText(simulation, terminal.paint));
  return EXIT.done;
}

function offlineScenario(paths: readonly string[]): Scenario | Refusal {
  const configs: AgentConfig[] = [];
  for (const path of paths) {
    const parsed = parseAgentConfig(bytesOf(path));
    if (!parsed.ok) return { problems: parsed.problems.map((problem) => `${path}: ${problem}`) };
    const twin = configs.findIndex(({ node }) => node === parsed.config.node);
    if (twin >= 0) return { problems: [`${path} is of node ${parsed.config.node}, as ${paths[twin] ?? ""} is`] };
    configs.push(parsed.config);
  }
  return scenarioOfConfigs(configs);
}

function scenarioOf(basis: SimulationBasis | Refusal): Scenario | Refusal {
  return "problems" in basis ? basis : liveScenario(basis);
}

/** Replays a recording; `-` reads it from stdin. */
export function replay({ terminal, json }: Offline, path: string): ExitCode {
  const result = replayed(textOf(path));
  switch (result.kind) {
    case "unreadable":
      return refuse(terminal, `${path} cannot be replayed`, [result.problem]);
    case "different":
      if (json) terminal.print(JSON.stringify(result, null, 2));
      return refuse(terminal, `${path} replays otherwise than it was recorded, from line ${result.line} on`, [
        `recorded: ${result.recorded}`,
        `replayed: ${result.replayed}`,
      ]);
    case "same":
      show(terminal, json, result, () => replayText(result));
      return EXIT.done;
  }
}

function replayText({ node, events, transitions }: Extract<Replay, { kind: "same" }>): string {
  return [
    ...transitions.map(
      ({ at, virtualRouter, from, to, reason }) => `${at} ${virtualRouter}: ${from} -> ${to} (${reason})`,
    ),
    `${node}: ${events} events make the same ${transitions.length} changes of role again`,
  ].join("\n");
}

/** The text of a file. @throws the file system's error. */
function textOf(path: string): string {
  return bytesOf(path).toString("utf8");
}

/** The octets of a file; `-` is stdin. @throws the file system's error. */
function bytesOf(path: string): Buffer {
  return readFileSync(path === "-" ? 0 : path);
}
