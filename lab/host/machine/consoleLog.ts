/** What a machine printed on its console, in a file that does not grow without end. */
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";

/** The newest part that is kept, in characters; the file holds up to twice as much before the older half goes. */
const KEPT = 256 * 1024;

/** A console's log. Writes happen in order; a failure to write (a full disk) loses lines, never the machine. */
export interface ConsoleLog {
  write(text: string): void;
  /** Everything kept since the last `clear`, without the terminal's control sequences. */
  read(): Promise<string>;
  /** The last lines that are not blank, in one line for an error message. */
  lastLines(count: number): Promise<string>;
  clear(): Promise<void>;
}

/** A log in the file at `path`, in a folder that is there. */
export function createConsoleLog(path: string): ConsoleLog {
  let length = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const result = writing.then(work);
    writing = result.catch(() => undefined);
    return result;
  };
  const append = async (text: string): Promise<void> => {
    await appendFile(path, text, { mode: 0o600 });
    length += text.length;
    if (length <= 2 * KEPT) return;
    const newest = (await readFile(path, "utf8")).slice(-KEPT);
    await writeFile(path, newest);
    length = newest.length;
  };
  const read = (): Promise<string> =>
    inOrder(() =>
      readFile(path, "utf8").then(
        (text) => stripVTControlCharacters(text).replaceAll("\r\n", "\n"),
        () => "", // Nothing was printed yet.
      ),
    );
  return {
    read,
    write: (text) => {
      void inOrder(() => append(text)).catch(() => undefined);
    },
    lastLines: async (count) =>
      (await read())
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .slice(-count)
        .join(" | "),
    clear: () =>
      inOrder(async () => {
        await rm(path, { force: true });
        length = 0;
      }),
  };
}
