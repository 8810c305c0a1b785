/** A copy of the house in a temporary folder, to which a bug is done and from which it is taken again; the house itself is left alone. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bug } from "./bugs.ts";

const HOUSE = fileURLToPath(new URL("../..", import.meta.url));
/** Big, made by tools, or nobody's business in a copy. */
const LEFT_OUT = ["node_modules", ".git", ".vipf", "dist"];
const LARGEST_OUTPUT = 1 << 26;

/** How a command ended. */
export type End = "good" | "failed" | "out of time";

export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), "vipf-seeded-"));

  constructor() {
    for (const entry of readdirSync(HOUSE)) {
      if (!LEFT_OUT.includes(entry)) cpSync(join(HOUSE, entry), join(this.folder, entry), { recursive: true });
    }
    symlinkSync(join(HOUSE, "node_modules"), join(this.folder, "node_modules"));
  }

  apply({ name, patch }: Bug): void {
    this.#patch(name, patch, []);
  }

  undo({ name, patch }: Bug): void {
    this.#patch(name, patch, ["--reverse"]);
  }

  /** Runs a program of the house. */
  run(argv: readonly string[], limitMs: number): End {
    const [program = "", ...rest] = argv;
    const path = join(this.folder, "node_modules", ".bin", program);
    const ended = spawnSync(path, rest, {
      cwd: this.folder,
      timeout: limitMs,
      killSignal: "SIGKILL",
      maxBuffer: LARGEST_OUTPUT,
    });
    if (ended.signal === "SIGKILL") return "out of time";
    return ended.status === 0 ? "good" : "failed";
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #patch(name: string, patch: string, options: readonly string[]): void {
    const argv = ["--strip=1", "--fuzz=2", "--no-backup-if-mismatch", "--silent", ...options, `--input=${patch}`];
    const { status, stdout } = spawnSync("patch", argv, { cwd: this.folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${name} does not apply: make it anew for the code as it is (${stdout.trim()})`);
  }
}

/** Whether a bug could be done to the house as it is. */
export function applies({ patch }: Bug): boolean {
  const argv = ["--strip=1", "--fuzz=2", "--dry-run", "--silent", `--input=${patch}`];
  return spawnSync("patch", argv, { cwd: HOUSE }).status === 0;
}
