/** What a module's text tells of the files that it may read or start beside those that it imports. */
import { posix } from "node:path";

/** Each includes those before it: what is imported; all that is no code; the house's programs; everything. */
export const REACHES = ["imports", "data", "programs", "everything"] as const;
export type Reach = (typeof REACHES)[number];

export const isCode = (path: string): boolean => /\.[cm]?[jt]s$/.test(path);

/** The house's code without its tests: what a program that is started may be made of. */
export const isProgram = (path: string): boolean => isCode(path) && !/^(test|bench)\//.test(path);

/** Without one of these, or a path from the checkout in a string, no module finds a file of the checkout. */
const KNOWS_ITS_PLACE = /\bimport\.meta\b|\bprocess\.cwd\(|\bCHECKOUT\b/;
const STARTS_PROGRAMS = /"node:(child_process|worker_threads)"|\/command\.ts"/;
const WALKS = /\b((readdir|cp)(Sync)?\([^;]*\brecursive: true\b|glob(Sync)?\()/;

/**
 * How far a module reaches, rather too far than not far enough. A module of the house that does not know its place only starts
 * what it is told to.
 */
export function reachOf(path: string, text: string): Reach {
  const knowsItsPlace = KNOWS_ITS_PLACE.test(text);
  if (knowsItsPlace && WALKS.test(text)) return "everything";
  if ((knowsItsPlace || path.startsWith("test/")) && STARTS_PROGRAMS.test(text)) return "programs";
  return knowsItsPlace ? "data" : "imports";
}

/** The farthest of several. */
export function farthest(reaches: Iterable<Reach>): Reach {
  return REACHES[Math.max(0, ...Array.from(reaches, (reach) => REACHES.indexOf(reach)))] ?? "imports";
}

/** One that may be a path. What stands behind `from` esbuild follows itself, but for types, which are gone at run time. */
const STRING = /(?<!\bfrom )["'`]([\w@.][\w@./+-]*)["'`]/g;

/**
 * The files that a module names in a string, by their path from the module or from the checkout: it forks them, imports them by
 * a variable, reads them. It is taken to import them.
 */
export function namedFiles(path: string, text: string, isFile: (path: string) => boolean): readonly string[] {
  const words = new Set(Array.from(text.matchAll(STRING), ([, word = ""]) => word));
  const paths = [...words].flatMap((word) => [posix.normalize(word), posix.join(posix.dirname(path), word)]);
  return [...new Set(paths)].filter((named) => named !== path && isFile(named)).sort();
}
