import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { States, type StatesReport } from "../../agent/checks/nodeStates.ts";
import { states as schema } from "../../agent/config/schema/states.ts";
import { processIdentity } from "../../agent/linux/system/processes.ts";
import { until } from "../support/until.ts";
import { PaperNetwork } from "./paperNetwork.ts";

describe("the states of a node at work", () => {
  let network: PaperNetwork;
  let directory = "";
  let running: States | undefined;
  const reports: StatesReport[] = [];
  let changed = 0;
  beforeEach(() => {
    network = new PaperNetwork();
    directory = mkdtempSync(join(tmpdir(), "vipf-states-"));
    reports.length = 0;
    changed = 0;
  });
  afterEach(() => {
    running?.stop();
    rmSync(directory, { recursive: true });
  });

  function make(document: unknown): States {
    const surroundings = {
      network,
      report: (report: StatesReport) => reports.push(report),
      changed: () => {
        changed += 1;
      },
    };
    running = new States(schema.parse(document), surroundings);
    return running;
  }

  const said = (): string[] =>
    readFileSync(join(directory, "said"), { encoding: "utf8", flag: "a+" }).split("\n").slice(0, -1);
  const say = (text: string): unknown => ({ run: ["/bin/sh", "-c", `echo ${text} >> ${directory}/said`] });
  const when = (condition: string, ...then: unknown[]): unknown => ({ if: condition, then });

  it("runs the programs of a state in order, and awaits each [I-k]", async () => {
    const states = make({
      states: {
        only: { init: [{ run: ["/bin/sh", "-c", `sleep 0.2; echo slow >> ${directory}/said`] }, say("quick")] },
      },
    });
    states.start();
    await until(() => reports.length === 3, "both programs");
    assert.deepEqual(said(), ["slow", "quick"]);
    assert.deepEqual(
      reports.map((report) => report.kind),
      ["entered", "ran", "ran"],
    );
  });

  it("reports a program's output and status, and goes on whatever they are [I-k]", async () => {
    const states = make({
      states: {
        only: {
          init: [{ run: ["/bin/sh", "-c", "echo $FAILOVER_STATE; exit 3"] }, { run: ["/no/such"] }, say("after")],
        },
      },
    });
    states.start();
    await until(() => said().length === 1, "the last program");
    const [, first, second] = reports;
    assert.ok(first?.kind === "ran" && second?.kind === "ran");
    assert.deepEqual(first.end, { kind: "exited", status: 3 });
    assert.equal(first.output, "only\n");
    assert.equal(second.end.kind, "not-started");
  });

  it("ends a program that hangs", async () => {
    const states = make({ states: { only: { init: [{ run: ["sleep", "60"], timeout: "100ms" }, say("after")] } } });
    states.start();
    await until(() => said().length === 1, "the program after it");
    const ran = reports.find((report) => report.kind === "ran");
    assert.deepEqual(ran?.end, { kind: "timed-out" });
  });

  it("goes from state to state by roles, verdicts and links, and says what that costs; an interface that left is down [I-p]", async () => {
    network.link("ens3", true);
    const states = make({
      initial: "neutral",
      states: {
        neutral: { body: [when("role.web.master && link.ens3.up", { setState: "primary" })] },
        primary: {
          init: [say("primary")],
          body: [when("check.uplink.failed || !link.ens3.up", { setState: "demoted" })],
        },
        demoted: { demote: { web: 60 }, body: [when("check.uplink.good && link.ens3.up", { setState: "neutral" })] },
      },
    });
    states.checkChanged("uplink", "good");
    states.roleChanged("web", "initialize");
    states.start();
    states.roleChanged("web", "master");
    await until(() => states.status().state === "primary" && said().length === 1, "primary");
    assert.deepEqual(states.costs, { name: "primary", costs: {} });
    network.link("ens3", undefined);
    await until(() => states.status().state === "demoted", "demoted");
    assert.deepEqual(states.costs, { name: "demoted", costs: { web: 60 } });
    assert.deepEqual(states.status().because, ["link ens3 is down"]);
    network.link("ens3", true);
    await until(() => states.status().state === "primary", "primary again");
    states.checkChanged("uplink", "failed");
    await until(() => states.status().state === "demoted", "demoted again");
    assert.ok(changed >= 4);
  });

  it("runs a command at its interval, in its state only [I-b]", async () => {
    const flag = join(directory, "flag");
    const command = (name: string): string =>
      `'sh -c "echo ${name} >> ${directory}/said; test -e ${flag}"' every 200ms`;
    const states = make({
      initial: "one",
      states: {
        one: { init: [say("init")], body: [when(command("first"), { setState: "two" })] },
        two: { body: [when(`!${command("second")}`, { setState: "one" })] },
      },
    });
    states.start();
    const isEnough = (): boolean => said().filter((line) => line === "first").length >= 3 && said().includes("init");
    await until(isEnough, "three looks, and init");
    assert.equal(said()[0], "first", "init waits for the first answer");
    writeFileSync(flag, "");
    // A busy machine may let one look run out of time, which leads back for a while.
    await until(
      () =>
        said().length >= 4 &&
        said()
          .slice(-4)
          .every((line) => line === "second"),
      "that state's own looks",
    );
    rmSync(flag);
    await until(() => states.status().state === "one", "the first state again");
  });

  it("ends a command that runs when its state is left [I-d]", async () => {
    const states = make({
      initial: "one",
      states: {
        one: {
          body: [
            when("link.ens3.up", { setState: "two" }),
            when(
              `'sh -c "echo $$ >> ${directory}/said; test -e ${directory}/hang && sleep 60"' every 2s timeout 1500ms`,
            ),
          ],
        },
        two: {},
      },
    });
    states.start();
    await until(() => states.status().phase === "settled", "the first answer");
    writeFileSync(join(directory, "hang"), "");
    await until(() => said().length === 2, "the second run");
    const pid = Number(said()[1]);
    network.link("ens3", true);
    await until(() => states.status().state === "two", "the other state");
    await until(() => processIdentity(pid) === undefined, "the end of the command");
  });

  it("tells what happened while a program ran in one event, when it has ended", async () => {
    const states = make({
      states: {
        only: {
          init: [{ run: ["sleep", "0.3"] }],
          body: [when("link.ens3.up || !link.ens3.up", say("event")), when("role.web.master", say("master"))],
        },
      },
    });
    states.start();
    for (const up of [true, false, true, false, true]) network.link("ens3", up);
    states.roleChanged("web", "master");
    await until(() => said().includes("master"), "the event");
    assert.deepEqual(said(), ["event", "event", "master"], "one body on entering, one for all that came meanwhile");
  });

  it("the same configuration changes nothing, another begins anew [I-l:+]", async () => {
    const one = { states: { one: { init: [say("one")] } } };
    const states = make(one);
    states.start();
    await until(() => said().length === 1, "its init");
    states.reconfigure(schema.parse(one));
    states.reconfigure(schema.parse({ states: { two: { init: [say("two")] } } }));
    await until(() => said().length === 2, "the other's init");
    assert.deepEqual(said(), ["one", "two"]);
    assert.equal(states.status().state, "two");
  });

  it("stopped, ends what runs and runs nothing more", async () => {
    const states = make({
      states: {
        only: { init: [{ run: ["/bin/sh", "-c", `echo $$ >> ${directory}/said; exec sleep 60`] }, say("never")] },
      },
    });
    states.start();
    await until(() => said().length === 1, "the program");
    states.stop();
    await until(() => processIdentity(Number(said()[0])) === undefined, "its end");
    assert.equal(said().length, 1);
    assert.deepEqual(
      reports.map((report) => report.kind),
      ["entered"],
    );
  });
});
