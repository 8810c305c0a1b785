/** The checkout as the fingerprints see it: every file of the house with its hash, and what each module needs of the others. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { build, type Metafile, type Plugin } from "esbuild";
import { isCode, namedFiles, type Reach, reachOf } from "./reach.ts";

export interface Module {
  /** Files of the house that it imports or names, code and other. */
  readonly needs: readonly string[];
  readonly reach: Reach;
}

export interface Checkout {
  /** The SHA-256 of every file by its path, those included that Git does not know yet. */
  readonly files: ReadonlyMap<string, string>;
  /** Everything that the tests import, and the tests, by their paths. */
  readonly modules: ReadonlyMap<string, Module>;
}

/** @param before is given back when nothing has changed since. */
export async function readCheckout(root: string, before?: Checkout): Promise<Checkout> {
  const files = readFiles(root);
  if (before !== undefined && isDeepStrictEqual(files, before.files)) return before;
  return { files, modules: await readModules(root, testFiles(files), (path) => files.has(path)) };
}

/** The files of tests that run anywhere. */
export function testFiles(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files.keys()].filter((path) => path.startsWith("test/") && path.endsWith(".test.ts")).sort();
}

function readFiles(root: string): ReadonlyMap<string, string> {
  const options = ["--cached", "--others", "--exclude-standard", "-z"];
  const listed = execFileSync("git", ["ls-files", ...options], { cwd: root, encoding: "utf8" });
  const paths = new Set(listed.split("\0").filter((path) => path !== ""));
  return new Map([...paths].sort().flatMap((path) => hashOf(root, path)));
}

/** None for a file that was removed and is still in Git's index. */
function hashOf(root: string, path: string): readonly [string, string][] {
  try {
    return [
      [
        path,
        createHash("sha256")
          .update(readFileSync(join(root, path)))
          .digest("hex"),
      ],
    ];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function readModules(
  root: string,
  entryPoints: readonly string[],
  isFile: (path: string) => boolean,
): Promise<ReadonlyMap<string, Module>> {
  const texts = new Map<string, { readonly named: readonly string[]; readonly reach: Reach }>();
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    outdir: "nowhere",
    bundle: true,
    write: false,
    metafile: true,
    packages: "external",
    platform: "node",
    format: "esm",
    logLevel: "error",
    plugins: [namedAreImported(root, isFile, texts)],
  });
  return new Map(
    Object.entries(metafile.inputs).map(([path, input]) => {
      const { named, reach } = texts.get(path) ?? { named: [], reach: "imports" as const };
      return [path, { needs: [...new Set([...importsOf(input), ...named])], reach }];
    }),
  );
}

const importsOf = ({ imports }: Metafile["inputs"][string]): readonly string[] =>
  imports.filter(({ external }) => external !== true).map(({ path }) => path);

/** Has esbuild follow what a module names in a string as if it imported it, and keeps what the module's text tells. */
function namedAreImported(
  root: string,
  isFile: (path: string) => boolean,
  texts: Map<string, { readonly named: readonly string[]; readonly reach: Reach }>,
): Plugin {
  return {
    name: "named are imported",
    setup: (esbuild) => {
      esbuild.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path: absolute }) => {
        const path = relative(root, absolute);
        const text = await readFile(absolute, "utf8");
        const named = namedFiles(path, text, isFile);
        texts.set(path, { named, reach: reachOf(path, text) });
        const imports = named.filter(isCode).map((file) => `import(${JSON.stringify(join(root, file))});`);
        return { contents: `${text}\n${imports.join("\n")}`, loader: path.endsWith("ts") ? "ts" : "js" };
      });
    },
  };
}
