/** CHANGELOG.md in the form of Keep a Changelog. Pure. */
import { UserError } from "../userError.ts";

const UNRELEASED = "## [Unreleased]\n";

/**
 * Moves what is unreleased under a heading of its own.
 * @throws UserError when there is nothing to release, or the version has a heading already
 */
export function releaseChangelog(text: string, version: string, date: string): string {
  const start = text.indexOf(UNRELEASED);
  if (start < 0) throw new UserError('CHANGELOG.md has no "## [Unreleased]"', "add the heading above the versions");
  const after = start + UNRELEASED.length;
  const end = text.indexOf("\n## ", after - 1);
  const notes = text.slice(after, end < 0 ? undefined : end).trim();
  if (notes === "") {
    throw new UserError('CHANGELOG.md has nothing under "Unreleased"', "write there what a user will notice");
  }
  if (text.includes(`\n## [${version}]`)) {
    throw new UserError(`CHANGELOG.md has a section for ${version} already`, "choose a version after it");
  }
  const rest = end < 0 ? "" : text.slice(end);
  return `${text.slice(0, after)}\n## [${version}] - ${date}\n\n${notes}\n${rest}`;
}
