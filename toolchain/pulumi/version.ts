// Versions of the form MAJOR.MINOR.PATCH[-PRERELEASE], as Pulumi, its plugins and Go write them.

/** A parsed version; `prerelease` is what follows the hyphen, empty for a release. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: string;
}

/** The first version in a text such as `v3.255.0`, `go version go1.26 linux/amd64` or `3.246.0-alpha.x1+dirty`. */
export function findVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?/.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, prerelease] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch ?? 0), prerelease: prerelease ?? "" };
}

/** Whether `version` is at least `least`. A prerelease comes before its release (semver 11.3), and two of one release count as equal. */
export function isAtLeast(version: Version, least: Version): boolean {
  if (version.major !== least.major) return version.major > least.major;
  if (version.minor !== least.minor) return version.minor > least.minor;
  if (version.patch !== least.patch) return version.patch > least.patch;
  return version.prerelease === "" || least.prerelease !== "";
}

/** `3.255.0` or `3.255.0-alpha.1`. */
export function formatVersion({ major, minor, patch, prerelease }: Version): string {
  const release = `${major}.${minor}.${patch}`;
  return prerelease === "" ? release : `${release}-${prerelease}`;
}
