/**
 * Virtual routers that are master together or not at all, in whichever protocol each of them speaks: a pure rule from
 * what the members are to what each has to do. It is level-triggered: asked again after every change until it is silent.
 */
import type { SyncGroupConfig } from "../config/schema/document.ts";
import type { Member } from "../virtualRouter/eligibility.ts";

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

/**
 * One master makes all of them masters, unless another has given its role up for a better node since: then all are to.
 * A member that gave up long ago, when the whole group did, says nothing about now.
 *
 * A master that was to hand over and found no successor leads nobody: its segment is cut, and each part has a master.
 * Otherwise the group would be taken and given back for as long as that lasts, to the harm of the segments that are whole.
 */
function agreement(own: readonly Member[]): readonly GroupOrder[] {
  const masters = own.filter(({ role }) => role === "master");
  if (masters.length === 0 || masters.length === own.length) return [];
  const latestMicros = Math.max(...masters.map(({ changedAtMicros }) => changedAtMicros));
  const hasYielded = own.some((member) => isYielding(member) && member.changedAtMicros >= latestMicros);
  if (hasYielded) return masters.map(({ name }) => ({ kind: "hand-over", name }));
  if (masters.every(({ reason }) => reason === "no-successor")) return [];
  return own.filter(({ role }) => role === "backup").map(({ name }) => ({ kind: "succeed", name }));
}

function isYielding({ role, reason }: Member): boolean {
  if (role !== "backup") return false;
  return reason === "higher-priority" || reason === "tie-lost" || reason === "successor-heard";
}
