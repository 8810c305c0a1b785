/**
 * For which virtual routers `up` ran and `down` has not: on disk, because an agent that dies, or a machine that loses its
 * power, owes the `down`. A disk that fails costs that and nothing else.
 */

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../linux/system/replaceFile.ts";
import { messageOf } from "../logging/messageOf.ts";
import type { Troubles } from "../logging/troubles.ts";

const FILE = "hooks.json";
const MAX_NAMES = 255;
const MAX_NAME = 64;

export class PendingDownHooks {
  readonly #directory: string;
  readonly #troubles: Troubles;
  readonly #names: Set<string>;

  /** Reads what an earlier life owes. @param directory made when there is something to keep. */
  constructor(directory: string, troubles: Troubles) {
    this.#directory = directory;
    this.#troubles = troubles;
    this.#names = new Set(readNames(join(directory, FILE)));
  }

  has(virtualRouter: string): boolean {
    return this.#names.has(virtualRouter);
  }

  /** To be called before `up` runs, and after `down` has. */
  note(virtualRouter: string, isOwed: boolean): void {
    if (isOwed === this.#names.has(virtualRouter)) return;
    if (isOwed) this.#names.add(virtualRouter);
    else this.#names.delete(virtualRouter);
    try {
      this.#keep();
      this.#troubles.end("hooks-file");
    } catch (error) {
      const words = messageOf(error);
      const message = "owed hooks are not on disk: after a crash no `down` makes up for an `up`";
      this.#troubles.begin("hooks-file", { level: "warn", message, error: words, fields: { virtualRouter } });
    }
  }

  #keep(): void {
    const path = join(this.#directory, FILE);
    if (this.#names.size === 0) {
      rmSync(path, { force: true });
      return;
    }
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    replaceFile(path, `${JSON.stringify([...this.#names])}\n`, "power");
  }
}

/** What is not there, or is not what was written, owes nothing. */
function readNames(path: string): readonly string[] {
  try {
    const names: unknown = JSON.parse(readFileSync(path, "utf8"));
    const isList = Array.isArray(names) && names.length <= MAX_NAMES;
    const texts = isList ? names.filter((name) => typeof name === "string") : [];
    return texts.filter(({ length }) => length <= MAX_NAME);
  } catch {
    return [];
  }
}
