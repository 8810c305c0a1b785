// A folder of its own for each test that needs one, removed after it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach } from "mocha";

const made = { test: [] as string[], suite: [] as string[] };

/** A new empty folder, removed after the test, or after all tests of the run. */
export function temporaryFolder(until: "test" | "suite" = "test"): string {
  const folder = mkdtempSync(join(tmpdir(), "vipf-toolchain-"));
  made[until].push(folder);
  return folder;
}

const removeAll = (folders: string[]): void => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

afterEach(() => {
  removeAll(made.test);
});
after(() => {
  removeAll(made.suite);
});
