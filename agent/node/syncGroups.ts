/**
 * Virtual routers that are master together or not at all, in whichever protocol each of them speaks: a pure rule from
 * what the members are to what each has to do. It is level-triggered: asked again after every change until it is silent.
 */
import type { SyncGroupConfig } from "../config/document.ts";
import type { HoldReason, Role, TransitionReason } from "../election/election.ts";

/** A member as the rule sees it. */
export interface Member {
  readonly name: string;
  readonly role: Role;
  /** Why it may not be master by itself; what the group itself imposes counts as well. */
  readonly held: HoldReason | undefined;
  /** Whether it can send and be heard. */
  readonly linkUp: boolean;
  /** Of its latest transition. */
  readonly reason: TransitionReason | undefined;
}

/** What a member has to do for its group's sake. */
export type GroupOrder =
  /** Another member cannot be master: neither may this one. */
  | { readonly kind: "hold-back"; readonly name: string }
  /** All can again. */
  | { readonly kind: "readmit"; readonly name: string }
  /** Another member became master. */
  | { readonly kind: "succeed"; readonly name: string }
  /** Another member yielded to a better node, which takes the whole group. */
  | { readonly kind: "hand-over"; readonly name: string };

/** What the members of one group have to do now; nothing when they agree. */
export function ordersOf(group: SyncGroupConfig, members: readonly Member[]): readonly GroupOrder[] {
  const own = members.filter(({ name }) => group.members.includes(name));
  const isUnable = ({ held, linkUp }: Member): boolean => !linkUp || (held !== undefined && held !== "sync-group");
  if (own.some(isUnable)) {
    return own
      .filter((member) => !isUnable(member) && member.held === undefined)
      .map(({ name }) => ({ kind: "hold-back", name }));
  }
  const held = own.filter((member) => member.held === "sync-group");
  if (held.length > 0) return held.map(({ name }) => ({ kind: "readmit", name }));
  return agreement(own);
}

/** Who gave its role up for a better node decides for all; otherwise one master makes all of them masters. */
function agreement(own: readonly Member[]): readonly GroupOrder[] {
  const masters = own.filter(({ role }) => role === "master");
  if (masters.length === 0 || masters.length === own.length) return [];
  const hasYielded = own.some(({ role, reason }) => role === "backup" && isYielding(reason));
  if (hasYielded) return masters.map(({ name }) => ({ kind: "hand-over", name }));
  return own.filter(({ role }) => role === "backup").map(({ name }) => ({ kind: "succeed", name }));
}

function isYielding(reason: TransitionReason | undefined): boolean {
  return reason === "higher-priority" || reason === "tie-lost" || reason === "successor-heard";
}
