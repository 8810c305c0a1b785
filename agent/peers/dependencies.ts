/** What a peer has to know of this node. */
import type { ConnectionFailures } from "./connections/connectionFailures.ts";
import type { Hello, State } from "./protocol/message.ts";
import type { PeerEvents } from "./protocol/view.ts";

export interface Dependencies {
  readonly events: PeerEvents;
  readonly connectionFailures: ConnectionFailures;
  /** Monotonic microseconds. */
  readonly clock: () => number;
  /** @param dialled which of the peer's addresses this node dialled; null: it was dialled. */
  readonly hello: (dialled: number | null) => Hello;
  readonly state: () => State;
  /** Heartbeats missed in a row that make a peer lost. */
  readonly missed: () => number;
  /** A peer was heard: what this node is soon to say anyway it may say now. */
  readonly heard: () => void;
  /** Somebody may have to be judged earlier than it seemed. */
  readonly deadlineChanged: () => void;
}
