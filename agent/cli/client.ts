/** The other end of the control socket, for the command line. */
import { request } from "node:http";
import { type OperatorResult, PATHS, type ReloadResult, type SimulationBasis } from "../control/protocol.ts";
import type { AgentStatus } from "../operator/agentStatus.ts";
import { type HandoverOrder, type HandoverResult, type OperatorOrder, type Refusal } from "../operator/orders.ts";

const TIMEOUT_MS = 10_000;

/** No agent answers on the socket. */
export class AgentUnreachable extends Error {
  constructor(socketPath: string, cause: string) {
    super(`no agent answers on ${socketPath} (${cause}): is it running, and are you root?`);
    this.name = "AgentUnreachable";
  }
}

/** What agents of earlier versions do not say. */
const UNSAID = {
  status: { troubles: [], flooded: false },
  router: { obstacles: [], conflicts: [] },
  counters: { repairs: 0 },
  peerLink: { secondMasters: [] },
  reload: { obstacles: [] },
} as const;

/**
 * Asks the agent how it is. Between an upgrade and the restart an agent of an earlier version answers, which does not say
 * all of it. @throws AgentUnreachable
 */
export async function fetchStatus(socketPath: string): Promise<AgentStatus | Refusal> {
  const answer = (await asked(socketPath, "GET", PATHS.status)) as AgentStatus | Refusal;
  return "problems" in answer ? answer : withWhatIsNew(answer);
}

function withWhatIsNew(status: AgentStatus): AgentStatus {
  return {
    ...UNSAID.status,
    ...status,
    virtualRouters: status.virtualRouters.map((router) => ({
      ...UNSAID.router,
      ...router,
      counters: { ...UNSAID.counters, ...router.counters },
    })),
    peerLink: status.peerLink === null ? null : { ...UNSAID.peerLink, ...status.peerLink },
  };
}

/** Asks for its metrics, in Prometheus' text format. @throws AgentUnreachable */
export function fetchMetrics(socketPath: string): Promise<string | Refusal> {
  return askedForText(socketPath, PATHS.metrics);
}

/** Asks for the flight recorder's lines. @throws AgentUnreachable */
export function fetchRecording(socketPath: string): Promise<string | Refusal> {
  return askedForText(socketPath, PATHS.recording);
}

/** Asks for what a simulation begins with. @throws AgentUnreachable */
export async function fetchSimulationBasis(socketPath: string): Promise<SimulationBasis | Refusal> {
  return (await asked(socketPath, "GET", PATHS.simulationBasis)) as SimulationBasis | Refusal;
}

/** Gives the agent the text of a configuration. @throws AgentUnreachable */
export async function sendReload(socketPath: string, text: string): Promise<ReloadResult | Refusal> {
  const answer = (await asked(socketPath, "POST", PATHS.reload, text)) as ReloadResult | Refusal;
  return "problems" in answer ? answer : { ...UNSAID.reload, ...answer };
}

/** Tells the agent to hand roles over. @throws AgentUnreachable */
export async function sendHandover(socketPath: string, order: HandoverOrder): Promise<HandoverResult | Refusal> {
  return (await asked(socketPath, "POST", PATHS.handover, JSON.stringify(order))) as HandoverResult | Refusal;
}

/** Takes the node out of service, or puts it back. @throws AgentUnreachable */
export async function sendOperatorOrder(socketPath: string, order: OperatorOrder): Promise<OperatorResult | Refusal> {
  return (await asked(socketPath, "POST", PATHS.operator, JSON.stringify(order))) as OperatorResult | Refusal;
}

async function asked(socketPath: string, method: string, path: string, body = ""): Promise<unknown> {
  const { text } = await exchange(socketPath, method, path, body);
  return parsed(socketPath, text);
}

async function askedForText(socketPath: string, path: string): Promise<string | Refusal> {
  const { ok, text } = await exchange(socketPath, "GET", path, "");
  return ok ? text : (parsed(socketPath, text) as Refusal);
}

function parsed(socketPath: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AgentUnreachable(socketPath, "its answer is not JSON");
  }
}

interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

/** One request and its answer. */
function exchange(socketPath: string, method: string, path: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new AgentUnreachable(socketPath, error.message));
    };
    const headers = { "content-length": Buffer.byteLength(body) };
    const outgoing = request({ socketPath, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () => {
        resolve({ ok: response.statusCode === 200, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}
