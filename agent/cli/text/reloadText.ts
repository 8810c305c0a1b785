/** What a reload did, for people: what changed, and what is in the way of it on this machine. */
import type { ReloadResult } from "../../control/protocol.ts";

export function reloadText({ changed, digest, added, removed, reconfigured, obstacles }: ReloadResult): string {
  const short = digest.slice(0, 12);
  const parts = [
    ...added.map((name) => `added ${name}`),
    ...removed.map((name) => `removed ${name}`),
    ...reconfigured.map((name) => `changed ${name}`),
  ];
  if (!changed) return `configuration ${short} is in force already`;
  const what = parts.length > 0 ? parts.join(", ") : "no virtual router changed";
  const hindered = obstacles.map(
    ({ virtualRouter, message, blocks }) => `${virtualRouter}: ${blocks ? "cannot become master: " : ""}${message}`,
  );
  return [`configuration ${short} is in force: ${what}`, ...hindered].join("\n");
}
