import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processIdentity } from "../../agent/linux/system/processes.ts";
import { runProgram, runWithin } from "../../agent/programs/program.ts";
import { until } from "../support/until.ts";
import { longestStall } from "./stall.ts";

const never = new AbortController().signal;

describe("a program of the agent", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-program-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const pidsIn = (file: string): number[] =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number) : [];
  const living = (pids: readonly number[]): number[] => pids.filter((pid) => processIdentity(pid) !== undefined);
  /** On a busy machine the kernel takes its time with those that were killed; left alone, all of them would live for longer. */
  const areGone = (pids: readonly number[]): Promise<void> =>
    until(() => living(pids).length === 0, "the end of what was killed");
  const shell = (script: string): string[] => ["/bin/sh", "-c", script];

  it("ends with its status and what it wrote to either output", async () => {
    const { end, output } = await runWithin(shell("echo out; echo err >&2; exit 3"), 5_000, never);
    assert.deepEqual(end, { kind: "exited", status: 3 });
    assert.deepEqual(output.trim().split("\n").sort(), ["err", "out"]);
  });

  it("has no input, the root as its directory, and only PATH, the mark and what it is given as its environment", async () => {
    process.env["VIPF_SECRET"] = "secret";
    const { output } = await runWithin(shell("cat; pwd; env"), 5_000, never, { FAILOVER_STATE: "demoted" });
    delete process.env["VIPF_SECRET"];
    const [where, ...environment] = output.trim().split("\n");
    assert.equal(where, "/");
    const names = environment
      .map((line) => line.split("=")[0])
      .filter((name) => !["_", "PWD", "SHLVL", "OLDPWD"].includes(name ?? ""));
    assert.deepEqual(names.sort(), ["FAILOVER_AGENT_RUN", "FAILOVER_STATE", "PATH"]);
  });

  it("gives its arguments to no shell", async () => {
    const { output } = await runWithin(["/bin/echo", "$HOME; `id` > /x"], 5_000, never);
    assert.equal(output, "$HOME; `id` > /x\n");
  });

  it("says why it could not be started", async () => {
    for (const command of [["/no/such/program"], ["/tmp"], ["nul\0"]]) {
      const { end } = await runWithin(command, 5_000, never);
      assert.equal(end.kind, "not-started", command.join());
    }
  });

  it("says which signal killed it", async () => {
    const { end } = await runWithin(shell("kill -SEGV $$"), 5_000, never);
    assert.deepEqual(end, { kind: "killed", signal: "SIGSEGV" });
  });

  it("runs with ordinary priority and no protection from the memory killer", async () => {
    const { output } = await runWithin(shell("sleep 0.2; nice; cat /proc/$$/oom_score_adj"), 5_000, never);
    assert.deepEqual(output.trim().split("\n"), ["0", "0"]);
  });

  it("hanging, is asked to end when time is up, and may tidy up", async () => {
    const file = join(directory, "asked");
    const script = `trap 'echo asked > ${file}; exit 0' TERM; while :; do sleep 0.05; done`;
    const { end } = await runWithin(shell(script), 300, never);
    assert.deepEqual(end, { kind: "timed-out" });
    assert.ok(existsSync(file));
  });

  it("flooding its output, neither blocks for a reader nor takes this thread", async () => {
    const stall = longestStall();
    const { end, output } = await runWithin(["yes"], 1_000, never);
    assert.deepEqual(end, { kind: "timed-out" });
    assert.equal(output.length, 64 * 1024);
    assert.ok(stall.end() < 50, `the event loop stood for ${stall.end()} ms`);
    const long = await runWithin(shell("head -c 300000 /dev/zero; exit 7"), 10_000, never);
    assert.deepEqual(long.end, { kind: "exited", status: 7 }, "more than a pipe holds is read to its end");
  });

  it("is ended with its group: twenty children that ignore SIGTERM", async () => {
    const file = join(directory, "pids");
    const child = `trap '' TERM; echo $$ >> ${file}; while :; do sleep 1; done`;
    const script = `trap '' TERM; for i in $(seq 20); do sh -c "${child.replaceAll("$", "\\$")}" & done; wait`;
    const stall = longestStall();
    const { end } = await runWithin(shell(script), 1_500, never);
    assert.deepEqual(end, { kind: "timed-out" });
    const pids = pidsIn(file);
    assert.equal(pids.length, 20);
    await areGone(pids);
    assert.ok(stall.end() < 50, `the event loop stood for ${stall.end()} ms`);
  });

  it("is ended with those that left its group, when time is up", async () => {
    const file = join(directory, "pids");
    const script = `for i in 1 2 3; do setsid sh -c "echo \\$\\$ >> ${file}; trap '' TERM; while :; do sleep 1; done" & done; sleep 60`;
    await runWithin(shell(script), 1_000, never);
    const pids = pidsIn(file);
    assert.equal(pids.length, 3);
    await areGone(pids);
  });

  it("ended, leaves nobody of its group behind, and a result does not wait for who holds its output", async () => {
    const file = join(directory, "pids");
    const { end } = await runWithin(
      shell(`sh -c 'echo $$ >> ${file}; sleep 60' & while [ ! -s ${file} ]; do :; done; exit 0`),
      5_000,
      never,
    );
    assert.deepEqual(end, { kind: "exited", status: 0 });
    await areGone(pidsIn(file));
  });

  it("ended early by its caller, is gone as well", async () => {
    const file = join(directory, "pids");
    writeFileSync(file, "");
    const controller = new AbortController();
    const run = runProgram(shell(`echo $$ >> ${file}; exec sleep 60`), controller.signal);
    await until(() => pidsIn(file).length === 1, "the program runs");
    controller.abort();
    assert.equal((await run.result).end.kind, "timed-out");
    await run.gone;
    assert.deepEqual(living(pidsIn(file)), []);
  });
});
