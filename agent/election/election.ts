/**
 * What every election protocol of the agent has in common: the contract of a sans-IO state machine.
 *
 *   step(state, event, nowMicros) -> { state, outputs }
 *
 * - Pure: no clock, timer, randomness or I/O inside. The same code runs in the agent, the simulator and a replay.
 * - Time is an argument, in microseconds of a monotonic clock whose zero means nothing. It never goes back.
 * - Timers are data: a state carries its deadlines, deadlineOf(state) names the earliest, and the driver sends `tick`
 *   when it is reached. A tick before the deadline changes nothing, so a late or stale one can do no harm.
 * - Outputs are values, to be carried out in the order given.
 *
 * What a machine asks of its driver:
 * - Deliver every packet that waits in a socket before a `tick`. A process that was frozen and woken then hears what
 *   was said meanwhile before it judges anybody dead.
 * - Deliver only advertisements that are for this virtual router and passed the checks of their protocol.
 * - On `reconfigure`, make the addresses of the new configuration those that are held, before carrying out the outputs:
 *   a machine says when the addresses are held, the configuration says which.
 * - Limit the rate of notices: a machine has no memory of them and repeats one with every packet.
 */

/** The role of one virtual router on this node. `master` is RFC 9568's Active and CARP's MASTER. */
export type Role = "initialize" | "backup" | "master" | "resigning";

/** What happens to a virtual router. */
export type ElectionEvent<Advertisement, Config> =
  /** Take part from now on. Without effect in a virtual router that takes part already. */
  | { readonly kind: "startup" }
  /** Take part no longer. A master hands over first: its role is `resigning`, then `initialize`. */
  | { readonly kind: "shutdown" }
  /** The interface can send and receive again. A new machine takes it that it can. */
  | { readonly kind: "link-up" }
  /** The interface lost its carrier or its own address. */
  | { readonly kind: "link-down" }
  /** An advertisement was received, sent by the router with the own address `from`. */
  | { readonly kind: "advertisement"; readonly from: string; readonly advertisement: Advertisement }
  /** The configuration is now this one. For another virtual router id, end this machine and make another. */
  | { readonly kind: "reconfigure"; readonly config: Config }
  /** Time has passed. */
  | { readonly kind: "tick" };

/**
 * Why a role changed. The word is the one in logs, status, metrics and drill reports.
 *
 * - `startup`: the virtual router started.
 * - `owner-startup`: it started as address owner, priority 255.
 * - `link-up`: the interface is usable again and the virtual router started anew.
 * - `master-down`: no advertisement within the active-down interval.
 * - `master-resigned`: the master sent priority 0 and skew time passed.
 * - `higher-priority`: an advertisement of higher priority arrived.
 * - `tie-lost`: one of equal priority from a higher address arrived.
 * - `stalled`: this node did not run for so long that another may have taken over in the meantime.
 * - `shutdown`: this node was asked to stop.
 * - `successor-heard` / `no-successor`: the way a resigning master ended.
 * - `link-down`: the interface lost its carrier or its address.
 */
export type TransitionReason =
  | "startup"
  | "owner-startup"
  | "link-up"
  | "master-down"
  | "master-resigned"
  | "higher-priority"
  | "tie-lost"
  | "stalled"
  | "shutdown"
  | "successor-heard"
  | "no-successor"
  | "link-down";

/** A change of role, as it was reported and as a state remembers its latest. */
export interface Transition {
  readonly from: Role;
  readonly to: Role;
  readonly reason: TransitionReason;
}

/**
 * What is worth a line in the log though no role changed.
 *
 * - `interval-mismatch`: the sender's advertisement interval is not the configured one.
 * - `address-list-mismatch`: the sender lists other addresses than the configured ones.
 * - `equal-priority`: the sender has this node's priority, so their addresses decide.
 * - `owner-contested`: this node is the address owner and somebody else advertises.
 * - `own-advertisement`: the sender has this node's own address: a loop, or an address used twice.
 * - `stalled`: this node woke up after the deadline of a dead master and listens before it takes over.
 */
export type Notice =
  | "interval-mismatch"
  | "address-list-mismatch"
  | "equal-priority"
  | "owner-contested"
  | "own-advertisement"
  | "stalled";

/** What a step asks its driver to do; `Advertisement` is the protocol's own message. */
export type Output<Advertisement> =
  /** Send to every peer (or the group). */
  | { readonly kind: "send"; readonly advertisement: Advertisement }
  /** Hold the addresses of this virtual router: put them on the interface, then announce them. */
  | { readonly kind: "acquire" }
  /** Announce again: somebody else may have spoken for the addresses, or there are new ones among them. */
  | { readonly kind: "announce" }
  /** Let the addresses go, now. */
  | { readonly kind: "release" }
  /** The role changed; always the first output about it, and at most two in a step. */
  | ({ readonly kind: "transition" } & Transition)
  /** Worth a line in the log; `from` is the own address of the router it is about. */
  | { readonly kind: "notice"; readonly notice: Notice; readonly from: string };

/** What a step returns. */
export interface Step<State, Advertisement> {
  readonly state: State;
  readonly outputs: readonly Output<Advertisement>[];
}
