// Choosing the official Pulumi: shell scripts play the CLI, and no network is needed.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProgress } from "../../toolchain/progress.ts";
import { findOfficial, objectionToVersion } from "../../toolchain/pulumi/official.ts";
import { OLDEST_CLI, PLUGINS } from "../../toolchain/pulumi/versions.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Nothing listens there: refused at once. */
const UNREACHABLE = "http://127.0.0.1:1/";

interface Machine {
  readonly bin: string;
  readonly home: string;
  readonly userHome: string;
  readonly find: (server?: string, more?: Record<string, string>) => Promise<string | undefined>;
  readonly said: () => string;
  /** The commands that the CLI was called with. */
  readonly calls: () => string[];
}

/** A machine with a `pulumi` that prints `version` and whose `plugin install` does what `install` says. */
function machine(version: string | undefined, install = "exit 1"): Machine {
  const folder = temporaryFolder();
  const [bin, home, userHome] = [join(folder, "bin"), join(folder, "home"), join(folder, "user")];
  const log = join(folder, "calls");
  mkdirSync(bin);
  if (version !== undefined) {
    const script = `echo "$@" >> ${log}\ncase "$1" in version) echo v${version};; plugin) ${install};; esac\n`;
    executable(join(bin, "pulumi"), script);
    executable(join(bin, "pulumi-language-nodejs"), "");
  }
  let said = "";
  const progress = createProgress({ stream: { write: (text) => (said += text) } });
  return {
    bin,
    home,
    userHome,
    find: (pluginServer = UNREACHABLE, more = {}) => {
      const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: userHome, ...more };
      return findOfficial({ home, env, progress, pluginServer });
    },
    said: () => said,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []),
  };
}

function executable(file: string, body: string): void {
  writeFileSync(file, `#!/bin/sh\n${body}`);
  chmodSync(file, 0o755);
}

function givePlugins(home: string): void {
  for (const { name, version } of PLUGINS) {
    const folder = join(home, "plugins", `resource-${name}-v${version}`);
    mkdirSync(folder, { recursive: true });
    executable(join(folder, `pulumi-resource-${name}`), "");
  }
}

describe("the official Pulumi", () => {
  it("is judged by its version", () => {
    assert.equal(objectionToVersion(`v${OLDEST_CLI}`), undefined);
    assert.equal(objectionToVersion("v3.999.0\n"), undefined);
    assert.match(objectionToVersion("v3.100.0") ?? "", /it is 3\.100\.0, and @pulumi\/pulumi needs 3\.\d+\.0 or newer/);
    assert.match(objectionToVersion("what?") ?? "", /"what\?" cannot be read/);
  });

  it("is not looked for where it is not", async () => {
    const nothing = machine(undefined);
    assert.equal(await nothing.find(), undefined);
    assert.equal(nothing.said(), "");
  });

  it("is used when its plugins are in place", async () => {
    const ready = machine("3.999.0");
    givePlugins(ready.home);
    assert.equal(await ready.find(), join(ready.bin, "pulumi"));
    assert.equal(await ready.find(), join(ready.bin, "pulumi"));
    assert.deepEqual(ready.calls(), ["version"]);
  });

  it("gets plugins from the user's own Pulumi home, without touching that", async () => {
    const ready = machine("3.999.0");
    givePlugins(join(ready.userHome, ".pulumi"));
    assert.equal(await ready.find(), join(ready.bin, "pulumi"));
    for (const { name, version } of PLUGINS) {
      assert.ok(existsSync(join(ready.home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`)));
    }
  });

  it("fetches plugins that are missing, or half unpacked", async () => {
    const install =
      "mkdir -p $PULUMI_HOME/plugins/resource-$4-v$5; touch $PULUMI_HOME/plugins/resource-$4-v$5/pulumi-resource-$4";
    const able = machine("3.999.0", install);
    givePlugins(able.home);
    const [first] = PLUGINS;
    assert.ok(first !== undefined);
    writeFileSync(join(able.home, "plugins", `resource-${first.name}-v${first.version}.partial`), "");
    assert.equal(await able.find(UNREACHABLE, { HTTPS_PROXY: "http://127.0.0.1:1" }), join(able.bin, "pulumi"));
    assert.deepEqual(able.calls(), ["version", `plugin install resource ${first.name} ${first.version}`]);
  });

  it("is refused without a network, once said and then remembered", async () => {
    const offline = machine("3.999.0");
    assert.equal(await offline.find(), undefined);
    assert.match(
      offline.said(),
      /is not used: its plugin \w+ \S+ is missing and http:\/\/127\.0\.0\.1:1\/ cannot be reached/,
    );
    const before = offline.said();
    assert.equal(await offline.find(), undefined);
    assert.equal(offline.said(), before);
    assert.deepEqual(offline.calls(), ["version"]);
  });

  it("is refused when too old or without its language host, and asked again when it changes", async () => {
    const old = machine("3.1.0");
    assert.equal(await old.find(), undefined);
    assert.match(old.said(), /it is 3\.1\.0/);
    givePlugins(old.home);
    executable(join(old.bin, "pulumi"), "echo v3.999.0 # new");
    assert.equal(await old.find(), join(old.bin, "pulumi"));

    const bare = machine("3.999.0");
    chmodSync(join(bare.bin, "pulumi-language-nodejs"), 0o644);
    assert.equal(await bare.find(), undefined);
    assert.match(bare.said(), /it has no pulumi-language-nodejs beside it/);
  });
});
