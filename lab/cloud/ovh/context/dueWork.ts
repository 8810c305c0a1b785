/** What takes OVH time: moves of failover IPs and tasks of the vRack end when their time has come, asked about or not. */
import type { Logger } from "pino";
import type { CloudState, CloudView } from "../../state/state.ts";
import type { Store } from "../../state/store.ts";
import type { OvhBehaviour } from "./behaviour.ts";

/** Ends what is due. */
export interface DueWork {
  /** Ends what is due by now; resolves when the state says so. */
  settle(): Promise<void>;
  /** Looks anew at what is due when: the behaviour has changed. */
  look(): void;
  close(): void;
}

/** When the next thing ends: milliseconds since the epoch; Infinity: nothing is under way. */
export function nextDue({ ovh }: CloudView, behaviour: OvhBehaviour): number {
  const moves = ovh.failoverIps.flatMap(({ move }) => (move === null ? [] : [moveEnd(move, behaviour)]));
  const task = ovh.vrack?.task ?? null;
  return Math.min(...moves, ...(task === null ? [] : [task.since + behaviour.taskMs]));
}

function moveEnd({ since }: { readonly since: number }, { moveMs, stuckUntil }: OvhBehaviour): number {
  return Math.max(since + moveMs, stuckUntil);
}

/** Ends what is due. */
export function settle({ ovh }: CloudState, behaviour: OvhBehaviour, now: number): void {
  for (const ip of ovh.failoverIps) {
    if (ip.move === null || moveEnd(ip.move, behaviour) > now) continue;
    ip.routedTo = ip.move.to;
    ip.reaches = ip.move.to;
    ip.move = null;
  }
  const { vrack } = ovh;
  const task = vrack?.task ?? null;
  if (vrack !== null && task !== null && task.since + behaviour.taskMs <= now) {
    vrack.hasProject = task.kind === "attach";
    vrack.task = null;
  }
}

/** Starts at once. `now` is in milliseconds since the epoch. */
export function createDueWork(store: Store, behaviour: () => OvhBehaviour, now: () => number, logger: Logger): DueWork {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const settleDue = async (): Promise<void> => {
    if (nextDue(store.state, behaviour()) > now()) return;
    await store.change((draft) => {
      settle(draft, behaviour(), now());
    });
  };
  const look = (): void => {
    clearTimeout(timer);
    const due = nextDue(store.state, behaviour());
    if (closed || due === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(onTime, Math.min(Math.max(due - now(), 1), LONGEST_TIMER_MS));
    timer.unref();
  };
  const onTime = (): void => {
    settleDue()
      .catch((error: unknown) => {
        logger.error({ err: error }, "what was due at OVH could not be noted");
      })
      .finally(look);
  };

  store.onChange(look);
  look();
  return {
    settle: settleDue,
    look,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** Timers hold 31 bits of milliseconds; what is later is looked at again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
