// Building with Go: a shell script plays the compiler.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createProgress } from "../../toolchain/progress.ts";
import { buildGoProgram, type GoProgram } from "../../toolchain/pulumi/goBuild.ts";
import { UserError } from "../../toolchain/userError.ts";
import { temporaryFolder } from "../support/temporary.ts";

const quiet = createProgress({ stream: { write: () => undefined } });

describe("building with Go", () => {
  const saved = { PATH: process.env["PATH"], VIPF_CACHE: process.env["VIPF_CACHE"] };
  let program: GoProgram;
  let cache: string;
  let bin: string;

  beforeEach(() => {
    const folder = temporaryFolder();
    cache = join(folder, "cache");
    bin = join(folder, "bin");
    const directory = join(folder, "source");
    for (const made of [bin, directory]) mkdirSync(made);
    writeFileSync(join(directory, "go.mod"), "module m\n\ngo 1.25.11\n");
    program = { name: "tool", directory, package: ".", version: "1.0.0", linkerFlags: "-s", expect: "at once" };
    process.env["VIPF_CACHE"] = cache;
    process.env["PATH"] = `${bin}:/usr/bin:/bin`;
  });

  afterEach(() => {
    process.env["PATH"] = saved.PATH;
    if (saved.VIPF_CACHE === undefined) delete process.env["VIPF_CACHE"];
    else process.env["VIPF_CACHE"] = saved.VIPF_CACHE;
  });

  /** A `go` of a version, whose build runs `build` with the output file as $out, and is counted. */
  function install(version: string, build = 'echo built > "$out"'): () => number {
    const count = join(bin, "count");
    writeFileSync(count, "");
    const script =
      `#!/bin/sh\nif [ "$1" = env ]; then echo go${version}; exit; fi\necho x >> ${count}\n` +
      `while [ "$1" != -o ]; do shift; done; out=$2\n${build}\n`;
    writeFileSync(join(bin, "go"), script);
    chmodSync(join(bin, "go"), 0o755);
    return () => readFileSync(count, "utf8").length / 2;
  }

  it("builds once, and again only for other sources", async () => {
    const builds = install("1.26.1");
    const file = await buildGoProgram(program, quiet);
    assert.equal(readFileSync(file, "utf8"), "built\n");
    assert.equal(await buildGoProgram(program, quiet), file);
    assert.equal(builds(), 1);
    writeFileSync(join(program.directory, "main.go"), "package main");
    assert.notEqual(await buildGoProgram(program, quiet), file);
    assert.equal(builds(), 2);
  });

  it("builds once for two who ask at the same time", async () => {
    const builds = install("1.26.1", 'sleep 0.3; echo built > "$out"');
    const files = await Promise.all([buildGoProgram(program, quiet), buildGoProgram(program, quiet)]);
    assert.equal(files[0], files[1]);
    assert.equal(builds(), 1);
  });

  it("leaves nothing of a build that failed, and says what to do", async () => {
    install("1.26.1", 'echo half > "$out"; echo "write x: no space left on device" >&2; exit 1');
    await assert.rejects(buildGoProgram(program, quiet), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /building tool 1\.0\.0 failed: .*no space left on device/s);
      assert.match(error.remedy ?? "", /free about 5 GB/);
      return true;
    });
    assert.deepEqual(readdirSync(join(cache, "go")), []);
  });

  it("removes what a killed build left behind", async () => {
    install("1.26.1");
    const file = await buildGoProgram(program, quiet);
    const abandoned = `${dirname(file)}.tmp-dead`;
    mkdirSync(abandoned);
    writeFileSync(join(program.directory, "go.sum"), "");
    const other = await buildGoProgram(program, quiet);
    assert.notEqual(other, file);
    writeFileSync(join(abandoned, "tool"), "half");
    // The same sources again, with the finished build gone.
    const { rmSync } = await import("node:fs");
    rmSync(dirname(file), { recursive: true });
    rmSync(join(program.directory, "go.sum"));
    assert.equal(await buildGoProgram(program, quiet), file);
    assert.ok(!readdirSync(join(cache, "go")).some((name) => name.includes(".tmp-")));
  });

  it("says in one line what to install without Go, or with one that is too old", async () => {
    process.env["PATH"] = bin;
    await assert.rejects(buildGoProgram(program, quiet), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.line,
        /^error: tool must be built here and Go is not installed — install Go 1\.25\.11 or newer/,
      );
      return !error.line.includes("\n");
    });
    process.env["PATH"] = `${bin}:/usr/bin:/bin`;
    install("1.19.8");
    await assert.rejects(
      buildGoProgram(program, quiet),
      /tool must be built with Go 1\.25\.11 or newer, here is go1\.19\.8/,
    );
  });
});
