/** A test file's fingerprint: the hash of everything that its result can depend on. The same fingerprint, the same result. */
import { createHash } from "node:crypto";
import type { Checkout, Module } from "./checkout.ts";
import { farthest, isCode, isProgram, type Reach } from "./reach.ts";

/** What every test runs on: the versions of all packages, and how mocha and tsx are told to work. */
const GROUND = ["package-lock.json", ".mocharc.json", "tsconfig.json"];

/** @param runtime what runs the tests: the version of Node */
export function fingerprints(
  { files, modules }: Checkout,
  tests: readonly string[],
  runtime: string,
): ReadonlyMap<string, string> {
  const lineOf = (path: string): string => `${path} ${files.get(path) ?? "missing"}`;
  const ground = [runtime, ...GROUND.map(lineOf)];
  const beyond = beyondImports(files);
  return new Map(
    tests.map((test) => {
      const closure = closureOf(test, modules);
      const reach = farthest(closure.map((path) => modules.get(path)?.reach ?? "imports"));
      return [test, hash([...ground, ...closure.map(lineOf), beyond[reach]])];
    }),
  );
}

/** A file and all that it needs, and what that needs, in one order. */
export function closureOf(test: string, modules: ReadonlyMap<string, Module>): readonly string[] {
  const found = new Set([test]);
  // A set goes on with what is added while it is walked.
  for (const path of found) for (const needed of modules.get(path)?.needs ?? []) found.add(needed);
  return [...found].sort();
}

/** What each reach adds. Data are the names of all files, too: a test looks whether a link's target is there. */
function beyondImports(files: ReadonlyMap<string, string>): Readonly<Record<Reach, string>> {
  const linesOf = (isMeant: (path: string) => boolean): readonly string[] =>
    [...files].map(([path, content]) => (isMeant(path) ? `${path} ${content}` : path));
  return {
    imports: "",
    data: hash(linesOf((path) => !isCode(path))),
    programs: hash(linesOf((path) => !isCode(path) || isProgram(path))),
    everything: hash(linesOf(() => true)),
  };
}

const hash = (lines: readonly string[]): string => createHash("sha256").update(lines.join("\n")).digest("hex");
