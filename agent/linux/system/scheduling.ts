/** How the kernel schedules the calling thread: round robin real time, and timers that fire on the dot. */
import { checked, prctl, schedSetscheduler } from "./libc.ts";

const CALLING_THREAD = 0;
const SCHED_RR = 2;
/** Children of this thread start as ordinary processes (sched(7)). */
const SCHED_RESET_ON_FORK = 0x4000_0000;
const PR_SET_TIMERSLACK = 29;
const NO_SLACK_NANOS = 1;

/**
 * Runs the calling thread before every ordinary one of this machine (SCHED_RR, sched(7)).
 * Needs RLIMIT_RTPRIO of at least `priority` or CAP_SYS_NICE, and with CONFIG_RT_GROUP_SCHED a cgroup with real-time budget.
 * @param priority 1..99.
 * @throws SystemCallError `EPERM` where it is not allowed; the caller goes on without.
 */
export function runInRealTime(priority: number): void {
  const policy = SCHED_RR | SCHED_RESET_ON_FORK;
  checked(
    schedSetscheduler(CALLING_THREAD, policy, Int32Array.of(priority)),
    "sched_setscheduler",
    `SCHED_RR ${priority}`,
  );
}

/** Takes away the 50 us by which the kernel may delay the timers of the calling thread (PR_SET_TIMERSLACK, prctl(2)). */
export function removeTimerSlack(): void {
  checked(prctl(PR_SET_TIMERSLACK, NO_SLACK_NANOS, 0, 0, 0), "prctl", "PR_SET_TIMERSLACK");
}
