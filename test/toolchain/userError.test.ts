// Errors for people: one line, a remedy, and no stack; bugs with their stack.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CommandResult, runCommand } from "../../toolchain/command.ts";
import { CHECKOUT } from "../../toolchain/places.ts";
import { UserError } from "../../toolchain/userError.ts";

const MODULE = pathToFileURL(join(CHECKOUT, "toolchain/userError.ts")).href;

/** Runs a program whose main function is `body`. */
const run = (body: string): Promise<CommandResult> => {
  const program = `import { reportAndExit, UserError } from "${MODULE}"; await reportAndExit(async () => { ${body} });`;
  return runCommand([process.execPath, "--import", "tsx", "--input-type=module", "-e", program], {
    cwd: CHECKOUT,
    accept: "any",
  });
};

describe("user errors", () => {
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

  it("need no remedy", () => {
    assert.equal(new UserError("it is so").line, "error: it is so");
  });
});
