/**
 * When to announce the addresses of a virtual router: several frames on becoming master, because a switch or a host may
 * miss one, then one each so often for as long as it stays master. A pure schedule; node/ sends the frames.
 */

/** How to announce; times in microseconds. */
export interface AnnouncementTiming {
  /** Announcements of a burst, at least 1. */
  readonly burst: number;
  readonly spacing: number;
  readonly refresh: number;
}

/** `silent` while not master. `remaining` counts the announcements of the burst still to come. */
export type AnnouncementSchedule =
  | { readonly kind: "silent" }
  | { readonly kind: "announcing"; readonly remaining: number; readonly dueMicros: number };

export const SILENT: AnnouncementSchedule = { kind: "silent" };

/** Starts a burst whose first announcement is due at once. Also starts again one under way: somebody else may have spoken. */
export function startAnnouncing(timing: AnnouncementTiming, nowMicros: number): AnnouncementSchedule {
  return { kind: "announcing", remaining: timing.burst, dueMicros: nowMicros };
}

/** Whether an announcement is to be sent now. */
export function isAnnouncementDue(schedule: AnnouncementSchedule, nowMicros: number): boolean {
  return schedule.kind === "announcing" && schedule.dueMicros <= nowMicros;
}

/** Whether the announcement that is due is one of those while nothing happens. */
export function isRefreshing(schedule: AnnouncementSchedule): boolean {
  return schedule.kind === "announcing" && schedule.remaining === 0;
}

/** The schedule after the announcement that was due has been sent. What a stalled machine missed is not made up for. */
export function afterAnnouncement(
  schedule: AnnouncementSchedule,
  timing: AnnouncementTiming,
  nowMicros: number,
): AnnouncementSchedule {
  if (schedule.kind === "silent") return schedule;
  const remaining = Math.max(0, schedule.remaining - 1);
  return { kind: "announcing", remaining, dueMicros: nowMicros + (remaining > 0 ? timing.spacing : timing.refresh) };
}

/** When the next announcement is due, in monotonic microseconds. */
export function announcementDeadline(schedule: AnnouncementSchedule): number | undefined {
  return schedule.kind === "announcing" ? schedule.dueMicros : undefined;
}
