/** The status of a whole agent: what its two threads know, put together. An interface: `status --json` prints it. */

import type { StatesStatus } from "../checks/nodeStates.ts";
import type { CheckStatus } from "../checks/watchedCheck.ts";
import type { TroubleStatus } from "../logging/troubles.ts";
import type { PeerView } from "../peers/protocol/view.ts";
import type { HookStatus } from "../programs/hooks.ts";
import type { PublicAddressStatus } from "../publicAddress/routeDriver.ts";
import type { NodeStatus } from "../virtualRouter/status.ts";
import type { OperatorStatus } from "./operatorState.ts";
import type { SecondMaster } from "./secondMasters.ts";

export interface PeerLinkStatus {
  readonly peers: readonly PeerView[];
  /** By reason, connections that were not made or not accepted since the start. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Peers that have been master beside this node for longer than it takes to hear each other. */
  readonly secondMasters: readonly SecondMaster[];
}

export interface AgentStatus extends NodeStatus {
  readonly node: string;
  readonly version: string;
  readonly config: { readonly digest: string };
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** How long the protocol's thread took to answer for this very status, in milliseconds. */
  readonly protocolThread: { readonly answerMs: number };
  readonly checks: readonly CheckStatus[];
  /** Null without named states. */
  readonly states: StatesStatus | null;
  readonly hooks: readonly HookStatus[];
  readonly publicAddresses: readonly PublicAddressStatus[];
  readonly operator: OperatorStatus;
  /** Null without a peer link. */
  readonly peerLink: PeerLinkStatus | null;
  /** What is wrong with the agent itself and lasts. */
  readonly troubles: readonly TroubleStatus[];
}
