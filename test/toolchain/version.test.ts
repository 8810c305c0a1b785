// Versions: found in what programs print, compared as semver says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { CHECKOUT } from "../../toolchain/places.ts";
import { findVersion, formatVersion, isAtLeast, type Version } from "../../toolchain/pulumi/version.ts";
import { CLI_VERSION, OLDEST_CLI, PLUGINS } from "../../toolchain/pulumi/versions.ts";

const parse = (text: string): Version => {
  const version = findVersion(text);
  assert.ok(version !== undefined, `${text} has a version`);
  return version;
};

describe("versions", () => {
  it("are found in what programs print", () => {
    assert.equal(formatVersion(parse("v3.255.0\n")), "3.255.0");
    assert.equal(formatVersion(parse("go version go1.26 linux/amd64")), "1.26.0");
    assert.equal(formatVersion(parse("3.246.0-alpha.x1f2+dirty")), "3.246.0-alpha.x1f2");
    assert.equal(findVersion("unknown command"), undefined);
  });

  it("are compared by number, not by text, and a prerelease comes before its release", () => {
    const rising = ["1.9.9", "1.10.0-rc.1", "1.10.0", "1.10.1", "2.0.0"];
    for (const [index, one] of rising.entries()) {
      for (const [other, text] of rising.entries()) {
        assert.equal(isAtLeast(parse(one), parse(text)), index >= other, `${one} >= ${text}`);
      }
    }
  });

  it("survive being written and read", () => {
    const number = fc.nat({ max: 10_000 });
    const prerelease = fc.constantFrom("", "alpha.1", "rc-2");
    fc.assert(
      fc.property(
        fc.record({ major: number, minor: number, patch: number, prerelease }, { noNullPrototype: true }),
        (version) => {
          assert.deepEqual(findVersion(formatVersion(version)), version);
        },
      ),
    );
  });

  it("of the CLI and of the OpenStack plugin fit the npm packages", () => {
    assert.ok(isAtLeast(parse(CLI_VERSION), parse(OLDEST_CLI)));
    const goMod = readFileSync(join(CHECKOUT, "toolchain/go/pulumi/go.mod"), "utf8");
    assert.ok(
      goMod.includes(`github.com/pulumi/pulumi/pkg/v3 v${CLI_VERSION}\n`) ||
        goMod.includes(`pkg/v3 v${CLI_VERSION} //`),
    );
    const main = readFileSync(join(CHECKOUT, "toolchain/go/openstack/main.go"), "utf8");
    const openstack = PLUGINS.find(({ name }) => name === "openstack");
    assert.ok(main.includes(`version = "${openstack?.version ?? "none"}"`));
  });

  it("of the OpenStack plugin offer resources that the npm package has under the same tokens", () => {
    const main = readFileSync(join(CHECKOUT, "toolchain/go/openstack/main.go"), "utf8");
    const tokens = [...main.matchAll(/\{"(\w+)", "(\w+)"\}/g)];
    assert.ok(tokens.length > 15);
    for (const [, module = "", member = ""] of tokens) {
      const file = `${member.charAt(0).toLowerCase()}${member.slice(1)}`;
      const source = join(CHECKOUT, "node_modules/@pulumi/openstack", module, `${file}.js`);
      assert.ok(readFileSync(source, "utf8").includes(`openstack:${module}/${file}:${member}`), `${module}/${member}`);
    }
  });
});
