/** What is said over the control socket: HTTP over a unix socket, JSON both ways, so that curl can speak it too. */
import type { OperatorStatus } from "../operator/operatorState.ts";

export type { SimulationBasis } from "../simulation/liveScenario.ts";

/** The socket's name in the state directory. */
export const CONTROL_SOCKET = "control.sock";

/** Where each question is asked. A question that is refused is answered with a Refusal: 422, or 503 when it may be asked again. */
export const PATHS = {
  /** GET: an AgentStatus. */
  status: "/v1/status",
  /** GET: the metrics, in Prometheus' text format. */
  metrics: "/v1/metrics",
  /** GET: the flight recorder's lines, see agent/participant/flightRecorder.ts. */
  recording: "/v1/recording",
  /** GET: a SimulationBasis. */
  simulationBasis: "/v1/simulation-basis",
  /** POST the text of an agent.json: a ReloadResult. */
  reload: "/v1/reload",
  /** POST a HandoverOrder: a HandoverResult. */
  handover: "/v1/handover",
  /** POST an OperatorOrder: an OperatorStatus. */
  operator: "/v1/operator",
} as const;

/** The longest configuration that is read. 255 virtual routers with 20 addresses each take less. */
export const MAX_BODY_BYTES = 1 << 20;

/** What a reload did, by the names of virtual routers. */
export interface ReloadResult {
  /** False when the configuration means what the running one does. */
  readonly changed: boolean;
  /** Digest of the configuration that is in force now, see agent/config/digest.ts. */
  readonly digest: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly reconfigured: readonly string[];
  /** What is in the way of those that are new or changed, on this machine: the status goes on saying so. */
  readonly obstacles: readonly ReloadObstacle[];
}

export interface ReloadObstacle {
  readonly virtualRouter: string;
  readonly reason: string;
  /** The thing, what there is instead, and what to do. */
  readonly message: string;
  /** Whether the virtual router cannot become master for it. */
  readonly blocks: boolean;
}

/** What answers an OperatorOrder. */
export type OperatorResult = OperatorStatus;
