/** Replaces a file in one step: a reader, and whatever is left after a crash, has the old text or the new one, whole. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";

/**
 * What the new text has to outlive: the end of this process, which the kernel's cache does, or a loss of power, for which
 * the disk has to have it before the old text goes.
 */
export type Outlives = "process" | "power";

/** Only this user can read it. @throws the file system's error */
export function replaceFile(path: string, text: string, outlives: Outlives): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(file, text);
    if (outlives === "power") fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
