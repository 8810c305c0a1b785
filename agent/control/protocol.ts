/** What is said over the control socket: HTTP over a unix socket, JSON both ways, so that curl can speak it too. */

/** The socket's name in the state directory. */
export const CONTROL_SOCKET = "control.sock";

/** GET: an AgentStatus. */
export const STATUS_PATH = "/v1/status";
/** POST the text of an agent.json: a ReloadResult, or a Refusal with status 422. */
export const RELOAD_PATH = "/v1/reload";

/** The longest configuration that is read. 255 virtual routers with 20 addresses each take less. */
export const MAX_BODY_BYTES = 1 << 20;

/** What a reload did, by the names of virtual routers. */
export interface ReloadResult {
  /** False when the configuration means what the running one does. */
  readonly changed: boolean;
  /** SHA-256 of the configuration that is in force now. */
  readonly digest: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly reconfigured: readonly string[];
}

/** Why a request was not carried out, a line each. */
export interface Refusal {
  readonly problems: readonly string[];
}
