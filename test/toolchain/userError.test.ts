// Errors for people: one line, a remedy, and no stack; bugs with their stack.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CommandResult, runCommand } from "../../toolchain/command.ts";
import { CHECKOUT } from "../../toolchain/places.ts";
import { UserError } from "../../toolchain/userError.ts";
import { readSlowly } from "../support/slowReader.ts";

const MODULE = pathToFileURL(join(CHECKOUT, "toolchain/userError.ts")).href;

/** A program whose main function is `body`. */
const programOf = (body: string): readonly string[] => {
  const program = `import { reportAndExit, UserError } from "${MODULE}"; await reportAndExit(async () => { ${body} });`;
  return ["--input-type=module", "-e", program];
};
const run = (body: string): Promise<CommandResult> =>
  runCommand([process.execPath, "--import", "tsx", ...programOf(body)], { cwd: CHECKOUT, accept: "any" });

describe("user errors", function () {
  this.timeout(60_000);
  it("are one line with what to do, and exit code 1", async () => {
    const { status, stderr } = await run('throw new UserError("port 15000 is taken", "stop the other lab");');
    assert.equal(stderr, "error: port 15000 is taken — stop the other lab\n");
    assert.equal(status, 1);
  });

  it("differ from bugs, which show their stack and exit with 70", async () => {
    const { status, stderr } = await run('throw new TypeError("a bug");');
    assert.match(stderr, /TypeError: a bug\n\s+at /);
    assert.equal(status, 70);
  });

  it("leave the exit code of a success to the program", async () => {
    assert.equal((await run("process.exitCode = 3;")).status, 3);
  });

  const long = 'process.stdout.write("x".repeat(1_500_000));';

  it("come after all that was printed, however slowly that is read", async () => {
    const good = await readSlowly(programOf(`${long} process.exitCode = 3;`));
    assert.deepEqual([good.code, good.out.length], [3, 1_500_000]);
    const bad = await readSlowly(programOf(`${long} throw new UserError("it is so");`));
    assert.deepEqual([bad.code, bad.out.length, bad.error], [1, 1_500_000, "error: it is so\n"]);
    const bug = await readSlowly(programOf(`${long} throw new TypeError("a bug");`));
    assert.deepEqual([bug.code, bug.out.length], [70, 1_500_000]);
  });

  it("are none when a reader has had enough, and one when a disk is full", async () => {
    const head = await readSlowly(programOf(long), 1);
    assert.deepEqual([head.code, head.error], [0, ""]);
    const full = await runCommand(
      ["sh", "-c", 'exec "$@" > /dev/full', "sh", process.execPath, "--import", "tsx", ...programOf(long)],
      { cwd: CHECKOUT, accept: "any" },
    );
    assert.deepEqual([full.status, full.stderr.split(":")[0]], [1, "error"]);
    assert.match(full.stderr, /^error: the output cannot be written: ENOSPC/);
  });

  it("need no remedy", () => {
    assert.equal(new UserError("it is so").line, "error: it is so");
  });
});
