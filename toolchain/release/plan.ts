/** What a release changes, worked out before anything is touched. Pure. */
import { UserError } from "../userError.ts";
import { releaseChangelog } from "./changelog.ts";

/** The checkout as it is. */
export interface ReleaseBasis {
  /** As the user wrote it, such as `1.2.0`. */
  readonly version: string;
  /** `YYYY-MM-DD`, for the changelog and for the times in the tarball. */
  readonly date: string;
  /** The text of package.json, package-lock.json and CHANGELOG.md. */
  readonly packageText: string;
  readonly lockText: string;
  readonly changelogText: string;
  /** What `git status --porcelain` prints; empty when the tree is clean. */
  readonly changes: string;
  readonly tags: readonly string[];
}

/** What to write, by the path in the checkout, and how the release is called. */
export interface ReleasePlan {
  readonly version: string;
  readonly tag: string;
  readonly subject: string;
  readonly files: ReadonlyMap<string, string>;
  /** The artifacts' folder, from the checkout. */
  readonly folder: string;
  readonly artifacts: { readonly tarball: string; readonly sbom: string; readonly checksums: string };
  /** Seconds since 1970: the time of everything in the tarball. */
  readonly timeSeconds: number;
}

/**
 * The day of the release: today, or that of SOURCE_DATE_EPOCH (seconds since 1970), with which a release is made again.
 * @throws UserError when that is not a number of seconds
 */
export function releaseDate(env: Readonly<Record<string, string | undefined>>, now: Date): string {
  const epoch = env["SOURCE_DATE_EPOCH"];
  if (epoch !== undefined && !/^\d{1,11}$/.test(epoch)) {
    throw new UserError(`SOURCE_DATE_EPOCH is "${epoch}"`, "write seconds since 1970, as date +%s does, or unset it");
  }
  return (epoch === undefined ? now : new Date(Number(epoch) * 1000)).toISOString().slice(0, 10);
}

/** @throws UserError naming what keeps the checkout from being released as that version */
export function planRelease(basis: ReleaseBasis): ReleasePlan {
  const { version, date } = basis;
  const tag = `v${version}`;
  const current = versionOf(basis.packageText);
  requireGreater(version, current);
  if (basis.tags.includes(tag)) {
    throw new UserError(`the tag ${tag} exists already`, `choose a version after it, or delete it: git tag -d ${tag}`);
  }
  if (basis.changes !== "") {
    throw new UserError(`the working tree has changes:\n${basis.changes.trimEnd()}`, "commit or stash them first");
  }
  return {
    version,
    tag,
    subject: `Release ${version}`,
    files: new Map([
      ["package.json", withVersion(basis.packageText, { from: current, to: version, times: 1 })],
      // Once for the project itself, once for its root package.
      ["package-lock.json", withVersion(basis.lockText, { from: current, to: version, times: 2 })],
      ["CHANGELOG.md", releaseChangelog(basis.changelogText, version, date)],
    ]),
    folder: `dist/release/${version}`,
    artifacts: {
      tarball: `failover-agent-${version}-linux-x64.tar.gz`,
      sbom: `failover-agent-${version}.cdx.json`,
      checksums: "SHA256SUMS",
    },
    timeSeconds: Date.parse(`${date}T00:00:00Z`) / 1000,
  };
}

/** What the command does, a line for each step. */
export function describePlan({ version, tag, subject, files, folder, artifacts }: ReleasePlan): string {
  const steps = [
    `write ${[...files.keys()].join(", ")} for version ${version}`,
    "build the agent",
    ...Object.values(artifacts).map((name) => `write ${folder}/${name}`),
    `commit "${subject}"`,
    `tag ${tag}`,
  ];
  return steps.map((step, index) => `${index + 1}. ${step}`).join("\n");
}

/** The text of SHA256SUMS, as `sha256sum --check` reads it. */
export function checksumsText(sums: ReadonlyMap<string, string>): string {
  return [...sums].map(([name, sha256]) => `${sha256}  ${name}\n`).join("");
}

function versionOf(packageText: string): string {
  const document: unknown = JSON.parse(packageText);
  if (typeof document === "object" && document !== null && "version" in document) return String(document.version);
  throw new UserError("package.json has no version", "write one, such as 0.1.0");
}

function requireGreater(version: string, current: string): void {
  const [next, now] = [numbersOf(version), numbersOf(current)];
  if (next === undefined) {
    throw new UserError(`"${version}" is not a version`, "write MAJOR.MINOR.PATCH, such as 1.2.0");
  }
  if (now === undefined) throw new UserError(`package.json has version "${current}"`, "write MAJOR.MINOR.PATCH there");
  const difference = next.map((part, index) => part - (now[index] ?? 0)).find((part) => part !== 0) ?? 0;
  if (difference <= 0) {
    throw new UserError(`version ${version} is not greater than ${current}, the version in package.json`, "raise it");
  }
}

/** Leading zeros are refused: `1.02.0` would be another spelling of `1.2.0`. */
function numbersOf(version: string): readonly number[] | undefined {
  return /^(?:(?:0|[1-9]\d{0,8})(?:\.(?!$)|$)){3}$/.test(version) ? version.split(".").map(Number) : undefined;
}

/** Replaces the first versions of a JSON text and keeps the rest of it, octet for octet. */
function withVersion(
  text: string,
  { from, to, times }: { readonly from: string; readonly to: string; readonly times: number },
): string {
  const own = `"version": "${from}"`;
  let result = text;
  let at = 0;
  for (let time = 0; time < times; time++) {
    at = result.indexOf(own, at);
    if (at < 0) {
      throw new UserError(`package-lock.json does not have version ${from}, as package.json does`, "run npm install");
    }
    result = `${result.slice(0, at)}"version": "${to}"${result.slice(at + own.length)}`;
    at += own.length;
  }
  return result;
}
