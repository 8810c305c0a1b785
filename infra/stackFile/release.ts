/** What is deployed: the agent as `npm run build` left it, and the script that installs it. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Problem } from "../schema/problem.ts";

/** A built release of the agent. Folders and files are absolute paths. */
export interface AgentRelease {
  readonly version: string;
  /** Names the release, and its folder on a node. */
  readonly sha256: string;
  /** Over the files of `folder` as they must arrive; install.sh's `digest` of them. */
  readonly digest: string;
  readonly folder: string;
  /** The Node runtime: `file` is gzip, `sha256` is of the binary in it. */
  readonly runtime: { readonly version: string; readonly sha256: string; readonly file: string };
  /** infra/remote/install.sh */
  readonly installScript: string;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const manifestSchema = z.object({
  version: z.string(),
  sha256,
  node: z.object({ version: z.string(), sha256 }),
});

/**
 * Reads the release in a checkout.
 * @param checkout folder with `dist/` and `infra/`
 */
export function readRelease(checkout: string): AgentRelease | Problem {
  const folder = join(checkout, "dist", "agent");
  const manifestFile = join(folder, "manifest.json");
  const runtimeFile = join(checkout, "dist", "runtime", "node.gz");
  for (const file of [manifestFile, runtimeFile]) {
    if (!existsSync(file))
      return { key: file, why: "is missing: the agent is not built", remedy: "run: npm run build" };
  }
  const manifest = manifestSchema.safeParse(parseJson(readFileSync(manifestFile, "utf8")));
  if (!manifest.success) return { key: manifestFile, why: "is no manifest of a build", remedy: "run: npm run build" };
  const { version, node } = manifest.data;
  return {
    version,
    sha256: manifest.data.sha256,
    digest: digestFolder(folder),
    folder,
    runtime: { ...node, file: runtimeFile },
    installScript: readFileSync(join(checkout, "infra", "remote", "install.sh"), "utf8"),
  };
}

/** `find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`, as install.sh runs it on the copy. */
export function digestFolder(folder: string): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `.${join(entry.parentPath, entry.name).slice(folder.length)}`)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const sums = names.map((name) => `${hash(readFileSync(join(folder, name)))}  ${name}\n`);
  return hash(sums.join(""));
}

function hash(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a manifest either; the schema says so.
    return undefined;
  }
}
