// Running programs: what comes back, and what an error says.
import assert from "node:assert/strict";
import { CommandError, runCommand } from "../../toolchain/command.ts";

const sh = (script: string): string[] => ["/bin/sh", "-c", script];

describe("command", () => {
  it("returns status and output, with input and environment given", async () => {
    const result = await runCommand(sh('cat; echo "$NAME" >&2'), { input: "in\n", env: { NAME: "me" } });
    assert.deepEqual(result, { status: 0, stdout: "in\n", stderr: "me\n" });
  });

  it("hands out lines while they come, the last without a newline too", async () => {
    const lines: string[] = [];
    await runCommand(sh("echo one; echo two >&2; printf three"), {
      onLine: (line, from) => lines.push(`${from} ${line}`),
    });
    assert.deepEqual(lines.sort(), ["stderr two", "stdout one", "stdout three"]);
  });

  it("fails with the last lines of the output", async () => {
    const failing = runCommand(sh("for i in $(seq 50); do echo line-$i-; done; exit 4"));
    await assert.rejects(failing, (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.result?.status, 4);
      assert.match(error.message, /^\/bin\/sh failed with exit code 4:\n/);
      assert.ok(error.message.includes("line-50-") && !error.message.includes("line-1-"));
      return true;
    });
  });

  it("accepts the exit codes that it is told to", async () => {
    assert.equal((await runCommand(sh("exit 4"), { accept: [0, 4] })).status, 4);
    assert.equal((await runCommand(sh("kill -TERM $$"), { accept: "any" })).status, 143);
    await assert.rejects(runCommand(sh("exit 5"), { accept: [0, 4] }), /exit code 5/);
  });

  it("says that a program is not installed", async () => {
    await assert.rejects(runCommand(["vipf-no-such-program"]), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.code, "ENOENT");
      assert.equal(error.message, "vipf-no-such-program is not installed");
      return true;
    });
  });

  it("ends a program at its deadline, even if something that it started holds its output open", async () => {
    await assert.rejects(
      runCommand(sh("sleep 5 & echo started; wait"), { timeoutMs: 200 }),
      /took longer than 200 ms:\nstarted/,
    );
  });

  it("does not start what was cancelled before", async () => {
    await assert.rejects(runCommand(sh("true"), { signal: AbortSignal.abort() }), /was cancelled/);
  });

  it("survives a program that does not read its input", async () => {
    const result = await runCommand(["true"], { input: "x".repeat(1_000_000) });
    assert.equal(result.status, 0);
  });
});
