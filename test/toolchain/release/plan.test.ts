/** What a release changes, and what keeps it from happening. */
import assert from "node:assert/strict";
import { releaseChangelog } from "../../../toolchain/release/changelog.ts";
import {
  checksumsText,
  describePlan,
  planRelease,
  type ReleaseBasis,
  releaseDate,
} from "../../../toolchain/release/plan.ts";
import { UserError } from "../../../toolchain/userError.ts";

const CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- a thing\n\n## [0.1.0] - 2026-01-01\n\n- old\n";
const BASIS: ReleaseBasis = {
  version: "0.2.0",
  date: "2026-12-01",
  packageText: '{\n  "name": "x",\n  "version": "0.1.0",\n  "dependencies": { "y": "0.1.0" }\n}\n',
  lockText:
    '{ "version": "0.1.0", "packages": { "": { "version": "0.1.0" }, "node_modules/y": { "version": "0.1.0" } } }',
  changelogText: CHANGELOG,
  changes: "",
  tags: ["v0.1.0"],
};

function assertRefused(change: Partial<ReleaseBasis>, why: RegExp): void {
  assert.throws(
    () => planRelease({ ...BASIS, ...change }),
    (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.line, why);
      return true;
    },
  );
}

describe("the plan of a release", () => {
  it("sets the project's version, and no dependency's", () => {
    const { files } = planRelease(BASIS);
    assert.equal(files.get("package.json"), BASIS.packageText.replace('"version": "0.1.0"', '"version": "0.2.0"'));
    assert.equal(
      files.get("package-lock.json"),
      '{ "version": "0.2.0", "packages": { "": { "version": "0.2.0" }, "node_modules/y": { "version": "0.1.0" } } }',
    );
  });

  it("moves what is unreleased under the version and its date", () => {
    assert.equal(
      planRelease(BASIS).files.get("CHANGELOG.md"),
      "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- a thing\n\n## [0.1.0] - 2026-01-01\n\n- old\n",
    );
  });

  it("moves it too when it is the first release", () => {
    assert.equal(
      releaseChangelog("# Changelog\n\n## [Unreleased]\n\n- a thing\n", "1.0.0", "2026-12-01"),
      "# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2026-12-01\n\n- a thing\n",
    );
  });

  it("names the tag, the artifacts and each step, in their order", () => {
    const plan = planRelease(BASIS);
    assert.equal(plan.timeSeconds, 1_796_083_200);
    assert.deepEqual(describePlan(plan).split("\n"), [
      "1. write package.json, package-lock.json, CHANGELOG.md for version 0.2.0",
      "2. build the agent",
      "3. write dist/release/0.2.0/failover-agent-0.2.0-linux-x64.tar.gz",
      "4. write dist/release/0.2.0/failover-agent-0.2.0.cdx.json",
      "5. write dist/release/0.2.0/SHA256SUMS",
      '6. commit "Release 0.2.0"',
      "7. tag v0.2.0",
    ]);
  });

  it("takes each greater version", () => {
    for (const version of ["0.1.1", "0.2.0", "0.10.0", "1.0.0"]) {
      assert.equal(planRelease({ ...BASIS, version }).tag, `v${version}`);
    }
  });

  it("refuses a version that is not greater", () => {
    for (const version of ["0.1.0", "0.0.9"]) {
      assertRefused({ version }, new RegExp(`version ${version} is not greater than 0\\.1\\.0, .* — raise it`));
    }
  });

  it("refuses what is not a version", () => {
    for (const version of ["", "1", "1.2", "v1.2.3", "1.2.3-rc.1", "1.02.3", "1.2.3.4", "1.2.3."]) {
      assertRefused({ version }, /is not a version — write MAJOR\.MINOR\.PATCH/);
    }
  });

  it("refuses a tree with changes, and shows them", () => {
    assertRefused({ changes: " M README.md\n" }, /has changes:\n M README\.md — commit or stash/);
  });

  it("refuses a tag that exists", () => {
    assertRefused({ tags: ["v0.2.0"] }, /the tag v0\.2\.0 exists already/);
  });

  it("refuses a changelog with nothing to release, without the heading, or with the version", () => {
    assertRefused({ changelogText: "## [Unreleased]\n\n## [0.1.0] - x\n" }, /nothing under "Unreleased"/);
    assertRefused({ changelogText: "# Changelog\n" }, /has no "## \[Unreleased\]"/);
    assertRefused({ changelogText: `${CHANGELOG}\n## [0.2.0] - x\n` }, /has a section for 0\.2\.0 already/);
  });

  it("refuses a lock of another version", () => {
    assertRefused({ lockText: "{}" }, /package-lock\.json does not have version 0\.1\.0/);
  });
});

describe("the day of a release", () => {
  const now = new Date("2026-12-01T23:59:59Z");

  it("is today in UTC, or that of SOURCE_DATE_EPOCH", () => {
    assert.equal(releaseDate({}, now), "2026-12-01");
    assert.equal(releaseDate({ SOURCE_DATE_EPOCH: "0" }, now), "1970-01-01");
  });

  it("refuses another word", () => {
    for (const word of ["", "2026-12-01", "-1", "1e9"]) {
      assert.throws(() => releaseDate({ SOURCE_DATE_EPOCH: word }, now), /SOURCE_DATE_EPOCH is ".*"/, word);
    }
  });
});

describe("SHA256SUMS", () => {
  it("is what sha256sum --check reads", () => {
    assert.equal(checksumsText(new Map([["a.tar.gz", "00ff"]])), "00ff  a.tar.gz\n");
  });
});
