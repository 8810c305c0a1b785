/** Hooks as real programs: which run at which change of role, what they are told, and what happens to those that fail or hang. */
import assert from "node:assert/strict";
import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentConfig } from "../../agent/config/schema/document.ts";
import type { Role } from "../../agent/election/election.ts";
import { Troubles } from "../../agent/logging/troubles.ts";
import { Hooks } from "../../agent/programs/hooks.ts";
import { PendingDownHooks } from "../../agent/programs/pendingDownHooks.ts";
import type { NodeState } from "../../agent/virtualRouter/nodeState.ts";
import { configOf } from "../support/documents.ts";
import { RecordedLog } from "../support/recordedLog.ts";
import { until } from "../support/until.ts";

type HooksInput = NonNullable<NonNullable<Parameters<typeof configOf>[1]>["hooks"]>;

function hooksOf(log: RecordedLog, directory: string): Hooks {
  return new Hooks(log.log, new PendingDownHooks(directory, new Troubles(log.log)));
}

describe("node: hooks", () => {
  let directory: string;
  let log: RecordedLog;
  let hooks: Hooks;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-hooks-"));
    log = new RecordedLog();
    hooks = hooksOf(log, directory);
  });
  afterEach(async () => {
    release();
    hooks.follow({ node: "edge-1", virtualRouters: [] });
    await hooks.settled();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A program that writes a line for its start, waits where it is told to, and writes one for its end. */
  function program(name: string, body = ""): string[] {
    const path = join(directory, name);
    const note = (word: string) => `echo "${word} $VIPF_HOOK" >> ${join(directory, "story")}`;
    writeFileSync(path, `#!/bin/sh\n${note("start")}\n${body}\n${note("end")}\n`);
    chmodSync(path, 0o700);
    return [path];
  }

  const waiting = () => `while [ ! -e ${join(directory, "released")} ]; do sleep 0.01; done`;
  const release = () => {
    appendFileSync(join(directory, "released"), "");
  };

  function story(): string[] {
    const path = join(directory, "story");
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  }

  const configured = (input: HooksInput): AgentConfig => configOf(1, { hooks: input });
  const both = (body = ""): AgentConfig => configured({ up: program("up", body), down: program("down") });

  /** Tells the hooks what the protocol's thread says: a copy each time. */
  function follow(config: AgentConfig, role: Role): void {
    const virtualRouters = config.virtualRouters.map((router) => ({
      config: router,
      role,
      preference: 100,
      memory: undefined,
    }));
    const standing: NodeState = { node: config.node, virtualRouters };
    hooks.follow(structuredClone(standing));
  }

  it("up waits for the public addresses, and does not run when the role is over before they arrive", async () => {
    let arrive = (): void => undefined;
    const arrival = (_: string, signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        arrive = resolve;
        signal.addEventListener("abort", () => {
          reject(new Error("the role is over"));
        });
      });
    hooks = new Hooks(log.log, new PendingDownHooks(directory, new Troubles(log.log)), arrival);
    const config = both();
    follow(config, "master");
    follow(config, "backup");
    await hooks.settled();
    assert.ok(!story().includes("start up"), story().join());
    follow(config, "master");
    assert.ok(!story().includes("start up"), story().join());
    arrive();
    await hooks.settled();
    assert.deepEqual(story().slice(-2), ["start up", "end up"]);
  });

  it("run at the way up and the way down, and not at what lies between [C10-f]", async () => {
    const config = both();
    for (const role of ["initialize", "backup", "master", "resigning", "initialize"] as const) {
      follow(config, role);
      await hooks.settled();
    }
    assert.deepEqual(story(), ["start up", "end up", "start down", "end down"]);
  });

  it("run once, however often a role is told", async () => {
    const config = both(waiting());
    follow(config, "master");
    follow(config, "master");
    await until(() => story().length === 1, "the hook runs");
    follow(config, "master");
    release();
    await hooks.settled();
    follow(config, "master");
    await hooks.settled();
    assert.deepEqual(story(), ["start up", "end up"]);
  });

  it("do not run through a stall: the addresses answered all the time", async () => {
    const config = both();
    for (const role of ["master", "resuming", "master"] as const) {
      follow(config, role);
      await hooks.settled();
    }
    assert.deepEqual(story(), ["start up", "end up"]);
  });

  it("are ended when the role is over, and `down` comes after that end", async () => {
    const config = both("trap '' TERM; sleep 60");
    follow(config, "master");
    await until(() => story().length === 1, "the hook runs");
    follow(config, "backup");
    await hooks.settled();
    assert.deepEqual(story(), ["start up", "start down", "end down"]);
    assert.deepEqual(log.lines.find(({ level }) => level === "error")?.["error"], "the role changed");
  });

  it("are ended at their timeout, with their children, and counted", async () => {
    const config = configured({ up: program("up", "sleep 61 & sleep 60"), timeout: "100ms" });
    follow(config, "master");
    await hooks.settled();
    assert.deepEqual(story(), ["start up"]);
    assert.deepEqual(hooks.status(), [{ virtualRouter: "web", holding: "held", failures: { up: 1 } }]);
    assert.equal(log.lines.find(({ level }) => level === "error")?.["error"], "no end within 100 ms");
  });

  it("that fail are in the log with the reason and what they wrote", async () => {
    follow(configured({ up: program("up", "echo cannot reach the API >&2; exit 3") }), "master");
    await hooks.settled();
    assert.deepEqual(
      log.lines.filter(({ level }) => level !== "debug"),
      [
        { level: "info", message: "hook runs", virtualRouter: "web", hook: "up", command: join(directory, "up") },
        { level: "info", message: "hook says", virtualRouter: "web", hook: "up", output: "cannot reach the API\n" },
        { level: "error", message: "hook failed", virtualRouter: "web", hook: "up", error: "ended with exit code 3" },
      ],
    );
  });

  it("that cannot be started are failures like others", async () => {
    follow(configured({ up: [join(directory, "nowhere")] }), "master");
    await hooks.settled();
    assert.match(String(log.lines.at(-1)?.["error"]), /^could not be started: .*ENOENT/);
  });

  it("are told what happened to what, in their environment [C10-e]", async () => {
    const path = join(directory, "environment");
    follow(configured({ up: ["/bin/sh", "-c", `env | grep ^VIPF_ | sort > ${path}`] }), "master");
    await hooks.settled();
    const told = readFileSync(path, "utf8").split("\n");
    assert.deepEqual(
      told.filter((line) => line !== "" && !line.startsWith("VIPF_RUN")),
      [
        "VIPF_ADDRESSES=10.25.0.10/32",
        "VIPF_HOOK=up",
        "VIPF_PROTOCOL=vrrp",
        "VIPF_SOURCE_ADDRESS=10.25.0.11",
        "VIPF_VIRTUAL_ROUTER=web",
        "VIPF_VIRTUAL_ROUTER_ID=10",
      ],
    );
  });

  it("are those of the latest configuration, and a new one runs nothing by itself", async () => {
    follow(both(), "master");
    await hooks.settled();
    const config = configured({ up: program("up", "echo new"), down: program("other") });
    follow(config, "master");
    await hooks.settled();
    assert.deepEqual(story(), ["start up", "end up"]);
    follow(config, "backup");
    await hooks.settled();
    assert.equal(
      log.lines.filter(({ message }) => message === "hook runs").at(-1)?.["command"],
      join(directory, "other"),
    );
  });

  it("do not overlap when the configuration changes while one runs", async () => {
    follow(both(waiting()), "master");
    await until(() => story().length === 1, "the hook runs");
    follow(both(), "backup");
    await hooks.settled();
    assert.deepEqual(story(), ["start up", "start down", "end down"]);
  });

  it("of a virtual router that is taken out of the configuration end with `down`", async () => {
    follow(both(), "master");
    await hooks.settled();
    hooks.follow({ node: "edge-1", virtualRouters: [] });
    await hooks.settled();
    assert.deepEqual(story(), ["start up", "end up", "start down", "end down"]);
    assert.deepEqual(hooks.status(), []);
  });

  it("begin with the `down` that an agent owes which did not end well", async () => {
    new PendingDownHooks(directory, new Troubles(log.log)).note("web", true);
    hooks = hooksOf(log, directory);
    follow(both(), "backup");
    await hooks.settled();
    assert.deepEqual(story(), ["start down", "end down"]);
  });

  it("leave on disk what is owed from before `up` until after `down`", async () => {
    follow(both(), "master");
    await hooks.settled();
    assert.equal(new PendingDownHooks(directory, new Troubles(log.log)).has("web"), true);
    follow(both(), "backup");
    await hooks.settled();
    assert.equal(new PendingDownHooks(directory, new Troubles(log.log)).has("web"), false);
  });

  it("owe none when such a node is master again", async () => {
    new PendingDownHooks(directory, new Troubles(log.log)).note("web", true);
    hooks = hooksOf(log, directory);
    follow(both(), "resuming");
    follow(both(), "master");
    await hooks.settled();
    assert.deepEqual(story(), ["start up", "end up"]);
  });

  it("are none for a virtual router without", () => {
    follow(configOf(1), "master");
    assert.deepEqual(hooks.status(), []);
  });
});

describe("node: the prepare hook", () => {
  const preparing = (command: string, prepareTimeout: string) =>
    configOf(1, { hooks: { prepare: ["/bin/sh", "-c", command], prepareTimeout } }).virtualRouters[0];

  async function prepared(config: ReturnType<typeof preparing>): Promise<RecordedLog> {
    assert.ok(config !== undefined);
    const log = new RecordedLog();
    await hooksOf(log, "/nonexistent").prepare(config);
    return log;
  }

  it("is waited for", async () => {
    const log = await prepared(preparing("echo committed", "5s"));
    assert.deepEqual(log.messages("info"), ["hook runs", "hook says"]);
  });

  it("is ended at its timeout, which is a failure", async () => {
    const log = await prepared(preparing("sleep 60", "50ms"));
    assert.deepEqual(log.messages("error"), ["hook failed"]);
  });

  it("is nothing where there is none", async () => {
    const log = await prepared(configOf(1).virtualRouters[0]);
    assert.deepEqual(log.lines, []);
  });
});
