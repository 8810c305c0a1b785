// Builds a Go program from its committed go.mod and go.sum into the machine's cache, once for all checkouts.
import { createHash, randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CommandError, runCommand } from "../command.ts";
import { withLock } from "../lock.ts";
import { cacheDirectory } from "../places.ts";
import type { Progress } from "../progress.ts";
import { UserError } from "../userError.ts";
import { findVersion, formatVersion, isAtLeast, type Version } from "./version.ts";

/** Go may fetch a newer Go first. */
const GO_FETCH_TIMEOUT_MS = 300_000;

/** A program to build. */
export interface GoProgram {
  /** The file name of the binary. */
  readonly name: string;
  /** The folder with go.mod, go.sum and any sources; all of it is part of the key. */
  readonly directory: string;
  /** What to build: "." or the path of a package that go.mod requires. */
  readonly package: string;
  /** The version it is built as; part of the key. */
  readonly version: string;
  readonly linkerFlags: string;
  /** Shown while it is built: about how long that takes. */
  readonly expect: string;
}

/**
 * The path of the built program: from the cache when it was built before from the same sources, else built now.
 * An interrupted or failed build leaves nothing behind; two processes at once build it once.
 * @throws UserError without a Go that is new enough, or when the build fails
 */
export async function buildGoProgram(program: GoProgram, progress: Progress): Promise<string> {
  const file = await cachedPath(program);
  if (await exists(file)) return file;
  const go = await requireGo(program);
  return progress.step(
    `building ${program.name} ${program.version} with Go ${formatVersion(go)} (${program.expect})`,
    (detail) =>
      withLock(
        `${dirname(file)}.lock`,
        async () => {
          if (!(await exists(file))) await build(program, file, detail);
          return file;
        },
        {
          onWait: (pid) => {
            detail(`waiting for process ${pid}, which builds it already`);
          },
        },
      ),
  );
}

/** Where the built program is or will be: a folder named by what it is built from. */
async function cachedPath({ name, directory, package: target, version, linkerFlags }: GoProgram): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([name, target, version, linkerFlags]));
  for (const source of (await readdir(directory)).sort()) {
    hash.update(`\n${source}\n`).update(await readFile(join(directory, source)));
  }
  return join(cacheDirectory(), "go", `${name}-${version}-${hash.digest("hex").slice(0, 16)}`, name);
}

async function build(program: GoProgram, file: string, detail: (text: string) => void): Promise<void> {
  const folder = dirname(file);
  const parent = dirname(folder);
  await removeAbandoned(parent, `${basename(folder)}.tmp-`);
  const draft = `${folder}.tmp-${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  try {
    const output = join(draft, program.name);
    const flags = ["-v", "-buildvcs=false", "-mod=readonly", "-ldflags", program.linkerFlags];
    await runCommand(["go", "build", ...flags, "-o", output, program.package], {
      cwd: program.directory,
      // No C compiler is needed, and the binary runs on any Linux.
      env: { ...process.env, CGO_ENABLED: "0" },
      onLine: (line) => {
        detail(line.replace(/^go: /, ""));
      },
    });
    await chmod(output, 0o755);
    await rename(draft, folder);
  } catch (error) {
    throw buildFailure(program, error);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Removes what a build left that was killed before it could clean up; the caller holds the lock, so none is alive. */
async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function buildFailure({ name, version }: GoProgram, error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const said = error.result?.stderr ?? "";
  const remedy = said.includes("no space left on device")
    ? "free about 5 GB of disk space (`go clean -cache` helps) and try again"
    : /proxy\.golang\.org|dial tcp|no such host|i\/o timeout/.test(said)
      ? "check that the Go module proxy can be reached (`go env GOPROXY`) and try again"
      : "mend what it says and try again";
  return new UserError(`building ${name} ${version} failed: ${error.message}`, remedy, { cause: error });
}

/**
 * The Go that will build the program: since 1.21 Go fetches a newer one of itself where go.mod asks for it, unless
 * GOTOOLCHAIN=local forbids that.
 * @throws UserError when Go is missing, or too old and stays so
 */
async function requireGo({ name, directory }: GoProgram): Promise<Version> {
  const needed = goDirective(await readFile(join(directory, "go.mod"), "utf8"));
  const least = formatVersion(needed);
  const install = `install Go ${least} or newer (https://go.dev/dl), or Pulumi itself (https://www.pulumi.com/docs/install)`;
  try {
    const { stdout } = await runCommand(["go", "env", "GOVERSION"], { cwd: directory, timeoutMs: GO_FETCH_TIMEOUT_MS });
    const found = findVersion(stdout);
    if (found !== undefined && isAtLeast(found, needed)) return found;
    throw new UserError(`${name} must be built with Go ${least} or newer, here is ${stdout.trim()}`, install);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const missing = error.code === "ENOENT";
    const why = missing ? "Go is not installed" : `Go does not run: ${error.message}`;
    throw new UserError(`${name} must be built here and ${why}`, install, { cause: error });
  }
}

/** The version in a go.mod's `go` line. */
function goDirective(goMod: string): Version {
  const version = findVersion(/^go (\S+)$/m.exec(goMod)?.[1] ?? "");
  if (version === undefined) throw new Error("go.mod has no go directive");
  return version;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false;
  }
}
