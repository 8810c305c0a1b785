/** The schedule of announcements: a burst, its spacing, the refresh, and what lateness does to it. */
import assert from "node:assert/strict";
import {
  type AnnouncementSchedule,
  afterAnnouncement,
  announcementDeadline,
  isAnnouncementDue,
  SILENT,
  startAnnouncing,
} from "../../agent/interfaces/announcementSchedule.ts";

const TIMING = { burst: 3, spacing: 200, refresh: 10_000 };

/** The times at which announcements go out when each is sent `lateness` after it is due. */
function times(start: AnnouncementSchedule, count: number, lateness = 0): number[] {
  const sent: number[] = [];
  let schedule = start;
  while (sent.length < count) {
    const due = announcementDeadline(schedule);
    assert.ok(due !== undefined);
    assert.equal(isAnnouncementDue(schedule, due - 1), false);
    assert.equal(isAnnouncementDue(schedule, due), true);
    sent.push(due + lateness);
    schedule = afterAnnouncement(schedule, TIMING, due + lateness);
  }
  return sent;
}

describe("claims/announcement", () => {
  it("sends a burst at its spacing, then refreshes", () => {
    assert.deepEqual(times(startAnnouncing(TIMING, 1_000), 5), [1_000, 1_200, 1_400, 11_400, 21_400]);
  });

  it("does not make up for what a stalled machine missed", () => {
    assert.deepEqual(times(startAnnouncing(TIMING, 0), 3, 50_000), [50_000, 100_200, 150_400]);
  });

  it("starts a new burst at once when it has to announce again", () => {
    const during = afterAnnouncement(startAnnouncing(TIMING, 0), TIMING, 0);
    assert.deepEqual(times(during, 1), [200]);
    assert.deepEqual(times(startAnnouncing(TIMING, 100), 3), [100, 300, 500]);
  });

  it("refreshes after a burst of one", () => {
    const once = afterAnnouncement(startAnnouncing({ ...TIMING, burst: 1 }, 0), { ...TIMING, burst: 1 }, 0);
    assert.equal(announcementDeadline(once), 10_000);
  });

  it("is silent without end when silent", () => {
    assert.equal(announcementDeadline(SILENT), undefined);
    assert.equal(isAnnouncementDue(SILENT, Number.MAX_SAFE_INTEGER), false);
    assert.equal(afterAnnouncement(SILENT, TIMING, 5), SILENT);
  });
});
