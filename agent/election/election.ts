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
 * - Deliver every packet that waits in a socket before a `tick`, `succeed` or `peer-lost`. A process that was frozen and
 *   woken then hears what was said meanwhile before it judges anybody dead.
 * - Deliver only advertisements that are for this virtual router and passed the checks of their protocol.
 * - On `reconfigure`, make the addresses of the new configuration those that are held, before carrying out the outputs:
 *   a machine says when the addresses are held, the configuration says which.
 * - Limit the rate of notices: a machine has no memory of them and repeats one with every packet.
 */

/**
 * The role of one virtual router on this node. `master` is RFC 9568's Active and CARP's MASTER. Two roles are of no
 * protocol and invisible on the wire: `resigning` said goodbye and answers for the addresses until its successor is
 * heard; `resuming` found the addresses of an earlier life, or woke from a stall with them, and keeps them while it listens
 * whether anybody else has them.
 */
export type Role = "initialize" | "backup" | "master" | "resigning" | "resuming";

/** Why a node may not be master for now, by its own decision. The weightiest of several is the one that is given. */
export type HoldReason =
  | "check-failed"
  | "drained"
  | "maintenance"
  | "address-in-use"
  | "interface-in-use"
  | "sync-group"
  | "witness-lost";

/** Why a virtual router can neither send nor be heard. */
export type LinkLoss = "link-down" | "interface-missing" | "source-address-missing" | "socket-refused";

/** What happens to a virtual router. */
export type ElectionEvent<Advertisement, Config> =
  /**
   * Take part from now on. Without effect in a virtual router that takes part already. With `resume` its addresses are
   * still here from an earlier life, and the driver counts them as held: it keeps them while it listens for one listen
   * interval, start-up delay or not, and goes on as master when nobody else is heard. A virtual router that may not take
   * part (held back, no link) says `release` at once. With `deferential` it was handed over in an earlier life: it
   * preempts nobody, not even as address owner, until it was master or `readmit` comes.
   */
  | { readonly kind: "startup"; readonly resume?: boolean; readonly deferential?: boolean }
  /** Take part no longer. A master hands over first: its role is `resigning`, then `initialize`. */
  | { readonly kind: "shutdown" }
  /** The interface can send and receive again. A new machine takes it that it can. */
  | { readonly kind: "link-up" }
  /** The interface can no longer send and receive; absent a reason, it lost its carrier. */
  | { readonly kind: "link-down"; readonly reason?: LinkLoss }
  /**
   * May not be master until `readmit`, whoever else is there: a check with `all` failed, the node is drained, and so
   * on. A master hands over as at shutdown; then the role is `initialize`. Again with another reason: only the reason changes.
   */
  | { readonly kind: "hold-back"; readonly reason: HoldReason }
  /** May be master again; takes part anew as a backup if it is started and has its link. Also ends what `hand-over` began. */
  | { readonly kind: "readmit" }
  /**
   * The sum of all demotions is now this, 0 or more. VRRP: the effective priority is the configured one less this, not
   * below 1; an address owner (255) is never demoted. CARP: see carpHost.ts. The role does not change by itself; a
   * master advertises at once.
   */
  | { readonly kind: "demote"; readonly demotion: number }
  /**
   * Hand the role to another node and stay ready: a master resigns, then is a backup that does not preempt (not even as
   * address owner) until it was master again, because the other one failed, or `readmit` comes. A master that nobody
   * succeeds takes its role back. Without effect in any other role.
   */
  | { readonly kind: "hand-over" }
  /**
   * The master handed over to this very node (it said so on the peer link): a backup takes over at once, without skew.
   * One that woke from a stall and listens does not: the word may be old.
   */
  | { readonly kind: "succeed" }
  /**
   * The node with the own address `from` seems dead or cut off: the peer link says so, long before silence would. A
   * backup whose master that is asks it (see solicitation.ts), and takes over after a skew that is short but still in
   * order of priority, unless it hears an answer or somebody else first. Without effect otherwise.
   */
  | { readonly kind: "peer-lost"; readonly from: string }
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
 * - `link-up`: the interface is usable again and the virtual router started again.
 * - `master-down`: no advertisement within the active-down interval.
 * - `master-resigned`: the master sent priority 0 and skew time passed.
 * - `higher-priority`: an advertisement of higher priority arrived.
 * - `tie-lost`: one of equal priority from a higher address arrived.
 * - `stalled`: this node did not run for so long that another may have taken over in the meantime.
 * - `shutdown`: this node was asked to stop.
 * - `successor-heard`: a node that resigned, or resumes, heard another one that is master.
 * - `no-successor`: a node that resigned heard nobody: it lets go, or is master again if it was only asked to hand over.
 * - `link-down`: the interface lost its carrier, or was set down.
 * - `interface-missing`, `source-address-missing`: the interface, or the own address, is gone.
 * - `socket-refused`: the kernel gives no socket for the protocol.
 * - `check-failed`, `drained`, `maintenance`, `address-in-use`, `interface-in-use`, `sync-group`, `witness-lost`: this
 *   node was held back, for that reason.
 * - `readmitted`: it may take part again.
 * - `handover`: the operator asked this node to hand over, or the master handed over to it.
 * - `peer-lost`: the peer link found the master dead, and the master did not answer when it was asked.
 * - `resumed`: it kept the addresses through a restart or a stall, and nobody else had them.
 * - `preempted`: CARP, a preferred host took over from a master it could hear; VRRP says `master-down` here, as its timer does.
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
  | LinkLoss
  | HoldReason
  | "readmitted"
  | "handover"
  | "peer-lost"
  | "resumed"
  | "preempted";

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
  /** Send to the router with the own address `to` alone, by unicast also where the group is a multicast one. */
  | { readonly kind: "solicit"; readonly to: string; readonly advertisement: Advertisement }
  /** Hold the addresses of this virtual router: put on the interface what is not there, then announce them all. */
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
