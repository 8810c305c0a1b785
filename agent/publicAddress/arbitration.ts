/** Whether a master takes an address from the node that has it; the rules 2 to 4 of publicAddress.ts. */
import type { GroupView, Member } from "./groupView.ts";

/**
 * Why it is left:
 *
 * - `member-is-master`: a member that is heard says it is master, and has it or is preferred.
 * - `member-is-silent`: a member has it that took it after this node had, and is not heard: it may be master.
 * - `stranger`: a machine outside of the group has it, or none, though it led here: somebody moved it.
 */
export type Why = "member-is-master" | "member-is-silent" | "stranger";

/**
 * @param to the machine that has the address, which is not this one
 * @param hadTurn whether this node has had the address in this mastership
 */
export function leaveOrTake(to: string | null, group: GroupView, hadTurn: boolean): "take" | Why {
  const holder = group.members.find(({ instance }) => instance !== undefined && instance === to);
  const rivals = group.members.filter(isRival);
  if (holder !== undefined && rivals.includes(holder)) return "member-is-master";
  if (rivals.some(({ preference }) => preference > group.preference)) return "member-is-master";
  if (holder !== undefined) return holder.reachable || !hadTurn ? "take" : "member-is-silent";
  return hadTurn || isOperatorAtWork(to, group) ? "stranger" : "take";
}

/** Whoever moves an address in a maintenance means it; unless it may be at a member that never said which machine it is. */
function isOperatorAtWork(to: string | null, { members }: GroupView): boolean {
  const areKnown = members.every(({ instance }) => instance !== undefined);
  return to !== null && areKnown && members.some(({ inMaintenance }) => inMaintenance);
}

/** The second time it takes an address back, and each further one, the node that has it had it at least so long. */
const LEAST_PATIENCE_MICROS = 1_000_000;
/** Patience doubles so often at most: by then it is days, and a number that stays one. */
const MOST_DOUBLINGS = 20;

/** How long it is left so. */
export function patienceMicros(why: Why, takeBackMicros: number, takenBack: number, group: GroupView): number {
  switch (why) {
    case "member-is-master":
      return Infinity;
    case "member-is-silent":
      return 2 * doubled(takeBackMicros, takenBack);
    case "stranger":
      return group.members.some(({ inMaintenance }) => inMaintenance) ? Infinity : doubled(takeBackMicros, takenBack);
  }
}

function doubled(micros: number, times: number): number {
  return times === 0 ? micros : Math.max(LEAST_PATIENCE_MICROS, micros) * 2 ** Math.min(times, MOST_DOUBLINGS);
}

function isRival({ reachable, isMaster }: Member): boolean {
  return reachable && isMaster;
}
