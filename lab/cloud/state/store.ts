/** Keeps the cloud's state: in memory for the services, in one file for the next start. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "pino";
import { coalesce } from "./coalesce.ts";
import { type CloudState, type CloudView, cloudStateSchema } from "./state.ts";

/** The state and the one way to change it. */
export interface Store {
  /** The state as it is now; a later change makes a new value and leaves this one as it was. */
  readonly state: CloudView;
  /**
   * Changes the state as a whole or, when `work` throws, not at all. Resolves with what `work` returned once the file
   * holds the change. Rejects with what `work` threw, or when the file cannot be written: then the change is in memory
   * only.
   */
  change<Result>(work: (draft: CloudState) => Result): Promise<Result>;
  /** Calls back after every change. */
  onChange(listener: () => void): void;
  /** Resolves when the file holds everything and nobody writes to it any more. */
  flush(): Promise<void>;
}

/**
 * Opens the state file; without one, starts from `initial`. A file that cannot be understood is renamed to
 * `<file>.corrupt-<time>`, said in the log, and replaced.
 */
export async function openStore(file: string, initial: () => CloudState, logger: Logger): Promise<Store> {
  await mkdir(dirname(file), { recursive: true });
  let state: CloudView = (await load(file, logger)) ?? initial();
  const listeners: (() => void)[] = [];
  const save = coalesce(() => write(file, JSON.stringify(state, undefined, 1)));
  await save();
  return {
    get state() {
      return state;
    },
    async change(work) {
      // A throw half way leaves the state untouched, because only a draft was worked on.
      const draft = structuredClone(state) as CloudState;
      const result = work(draft);
      state = draft;
      for (const listener of listeners) listener();
      await save();
      return result;
    },
    onChange(listener) {
      listeners.push(listener);
    },
    flush: save,
  };
}

async function load(file: string, logger: Logger): Promise<CloudState | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return cloudStateSchema.parse(JSON.parse(text));
  } catch (error) {
    const aside = `${file}.corrupt-${new Date().toISOString().replaceAll(":", "")}`;
    await rename(file, aside);
    logger.warn(
      { file, aside, reason: String(error) },
      "the cloud's state file was unreadable; starting with an empty cloud",
    );
    return undefined;
  }
}

/** Replaces the file so that a crash at any moment leaves the old text or the new one. It holds user data: 0600. */
async function write(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
