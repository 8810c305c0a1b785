import assert from "node:assert/strict";
import fc from "fast-check";
import type { Role } from "../../agent/election/election.ts";
import { activeDownIntervalMicros, listenIntervalMicros } from "../../agent/election/timers.ts";
import {
  createVrrpRouter,
  deadlineOf,
  effectivePriority,
  roleOf,
  stepVrrpRouter,
} from "../../agent/election/vrrp/vrrpRouter.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";
import {
  advertisements,
  configs,
  type Happening,
  histories,
  type Made,
  run,
  runOn,
  runPunctually,
} from "./histories.ts";
import { backupOf, hears, LINK_UP, outputsOf, READMIT, STARTUP, TICK } from "./scenario.ts";

/** RFC 9568 6.3 and the ways through resigning and resuming. */
const LAWFUL: readonly (readonly [Role, Role])[] = [
  ["initialize", "master"],
  ["initialize", "backup"],
  ["backup", "master"],
  ["master", "backup"],
  ["backup", "initialize"],
  ["master", "initialize"],
  ["master", "resigning"],
  ["resigning", "initialize"],
  ["resigning", "backup"],
  ["resigning", "master"],
  ["initialize", "resuming"],
  ["master", "resuming"],
  ["resigning", "resuming"],
  ["resuming", "master"],
  ["resuming", "backup"],
  ["resuming", "initialize"],
];

/** Checks every step of any history of any configuration. */
function always(check: (made: Made, all: readonly Made[]) => void): void {
  fc.assert(
    fc.property(configs, histories, (config, history) => {
      const all = run(config, history);
      for (const made of all) check(made, all);
    }),
    { numRuns: 500 },
  );
}

const lastOf = (all: readonly Made[], config: Parameters<typeof createVrrpRouter>[0]) =>
  all.at(-1) ?? { state: createVrrpRouter(config), nowMicros: 0 };

describe("a VRRP router, whatever happens", () => {
  it("S1 holds the addresses exactly as master, while resigning and while resuming; lets go only what it holds", () => {
    fc.assert(
      fc.property(configs, histories, (config, history) => {
        let held = false;
        for (const { before, event, outputs, state } of run(config, history)) {
          // The driver counts what it found as held.
          if (event.kind === "startup" && event.resume === true && roleOf(before) === "initialize") held = true;
          for (const { kind } of outputs) {
            if (kind === "release" || kind === "announce") assert.equal(held, true);
            if (kind === "acquire") held = true;
            if (kind === "release") held = false;
          }
          assert.equal(held, ["master", "resigning", "resuming"].includes(roleOf(state)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("[6.3-a] changes its role only in lawful ways, and reports each change, first among the outputs of its kind", () => {
    always(({ before, state, outputs }) => {
      const transitions = outputs.filter((output) => output.kind === "transition");
      let role = roleOf(before);
      for (const { from, to } of transitions) {
        assert.equal(from, role);
        assert.ok(
          LAWFUL.some(([a, b]) => a === from && b === to),
          `${from} -> ${to}`,
        );
        role = to;
      }
      assert.equal(role, roleOf(state));
      if (transitions.length > 0) assert.equal(outputs.find(({ kind }) => kind !== "notice")?.kind, "transition");
    });
  });

  it("S3 takes over with an advertisement and then the announcement, in one step", () => {
    always(({ state, before, outputs }) => {
      if (roleOf(state) !== "master" || roleOf(before) === "master") return;
      const kinds = outputs.map(({ kind }) => kind).filter((kind) => kind !== "notice");
      assert.deepEqual(kinds, ["transition", "send", "acquire"]);
    });
  });

  it("has a deadline in every role but initialize, where it may have none; a tick at it changes something, and the next is later", () => {
    always(({ state, nowMicros }) => {
      const due = deadlineOf(state);
      if (due === undefined) {
        assert.equal(roleOf(state), "initialize");
        return;
      }
      const at = Math.max(due, nowMicros);
      const ticked = stepVrrpRouter(state, TICK, at);
      assert.notDeepEqual(ticked.outputs, []);
      assert.ok((deadlineOf(ticked.state) ?? Infinity) > at);
    });
  });

  it("ignores a tick before its deadline", () => {
    always(({ state, nowMicros }) => {
      const due = deadlineOf(state) ?? Infinity;
      if (due <= nowMicros) return;
      assert.deepEqual(stepVrrpRouter(state, TICK, nowMicros), { state, outputs: [] });
    });
  });

  it("S8 does nothing about an equal configuration", () => {
    always(({ state, nowMicros }) => {
      // To be readmitted after the end of resigning is what makes a stall of it, which any next event finds.
      if (state.role === "resigning" && nowMicros > state.deadlineMicros) return;
      const step = stepVrrpRouter(state, { kind: "reconfigure", config: structuredClone(state.config) }, nowMicros);
      assert.deepEqual(step, { state, outputs: [] });
    });
  });

  it("S8 never changes its role because of a configuration or a demotion", () => {
    always(({ event, outputs }) => {
      if (event.kind !== "reconfigure" && event.kind !== "demote") return;
      const transitions = outputs.filter((output) => output.kind === "transition");
      assert.ok(transitions.every(({ reason }) => reason === "stalled"));
      assert.ok(outputs.every(({ kind }) => kind !== "release"));
    });
  });

  it("is not master while it is held back", () => {
    always(({ state }) => {
      if (state.hold !== undefined) assert.ok(["initialize", "resigning"].includes(roleOf(state)));
    });
  });

  it("[6.2-a] never waits for longer than Active_Down_Interval, whatever is delayed", () => {
    always(({ state, nowMicros }) => {
      if (state.role !== "backup") return;
      const interval = state.learnedIntervalMicros ?? state.config.advertisementIntervalMicros;
      const remaining = (deadlineOf(state) ?? Infinity) - nowMicros;
      assert.ok(remaining <= activeDownIntervalMicros(effectivePriority(state), interval));
    });
  });

  it("acts no later because a peer was lost", () => {
    always(({ event, before, state, outputs }) => {
      const stalled = outputs.length > 0;
      if (event.kind !== "peer-lost" || stalled) return;
      assert.ok((deadlineOf(state) ?? Infinity) <= (deadlineOf(before) ?? Infinity));
    });
  });

  it("[5.2.4-a 5.2.4-b] sends only what fits the wire, priority 0 only when it lets go, and 255 as owner", () => {
    always(({ outputs, state }) => {
      for (const output of outputs) {
        if (output.kind !== "send") continue;
        assert.doesNotThrow(() => encodeVrrp(output.advertisement, { source: "10.25.0.11", destination: "10.25.0.3" }));
        const { priority } = output.advertisement;
        if (priority !== 0) assert.equal(priority, effectivePriority(state));
        else assert.ok(roleOf(state) === "resigning" || outputsOf({ outputs, state }).includes("release"));
        if (priority !== 0) assert.equal(priority === 255, state.config.priority === 255);
      }
    });
  });

  it("is a function of its arguments and leaves them alone", () => {
    always(({ before, event, nowMicros, outputs, state }) => {
      const copies = structuredClone([before, event] as const);
      assert.deepEqual(stepVrrpRouter(...copies, nowMicros), { state, outputs });
      assert.deepEqual(copies, [before, event]);
    });
  });

  it("L1 alone with a punctual driver it becomes master and stays it", () => {
    fc.assert(
      fc.property(configs, histories, (config, history) => {
        const { state, nowMicros } = lastOf(run(config, history), config);
        const minute = 60_000_000;
        // A resigning one ends first; then it is told to start, with a link, and left alone.
        const alone: Happening[] = [
          { afterMicros: minute, event: LINK_UP },
          { afterMicros: 0, event: READMIT },
          { afterMicros: 0, event: STARTUP },
          { afterMicros: minute, event: TICK },
          { afterMicros: minute, event: TICK },
        ];
        const made = runPunctually(state, nowMicros, alone);
        assert.equal(roleOf(lastOf(made, config).state), "master");
        const lastMinute = made.filter((step) => step.nowMicros > nowMicros + 2 * minute);
        assert.ok(lastMinute.every(({ before }) => roleOf(before) === "master"));
      }),
    );
  });

  it("L1 alone with a driver that is always late, however much, it becomes master and stays it", () => {
    fc.assert(
      fc.property(configs, fc.nat(1000), (config, lateIntervals) => {
        const late = lateIntervals * (config.advertisementIntervalMicros / 10);
        let state = createVrrpRouter(config);
        let nowMicros = 0;
        state = stepVrrpRouter(state, STARTUP, nowMicros).state;
        const roles: Role[] = [];
        for (let step = 0; step < 60; step++) {
          nowMicros = (deadlineOf(state) ?? nowMicros) + late;
          state = stepVrrpRouter(state, TICK, nowMicros).state;
          roles.push(roleOf(state));
        }
        assert.ok(
          roles.slice(-30).every((role) => role === "master"),
          roles.join(" "),
        );
      }),
    );
  });

  it("S6 without preemption it never takes over from a master that it hears in time, of whatever priority", () => {
    const heard = fc.array(fc.record({ priority: fc.integer({ min: 1, max: 255 }), percent: fc.nat(300) }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(configs, heard, (config, adverts) => {
        const state = backupOf({
          ...config,
          preempt: false,
          startupDelayMicros: 0,
          priority: Math.min(config.priority, 254),
        });
        const centis = config.advertisementIntervalMicros / 10_000;
        const history = adverts.map(({ priority, percent }) => ({
          afterMicros: Math.floor((config.advertisementIntervalMicros * percent) / 100),
          event: hears(priority, undefined, { maxAdvertiseIntervalCentis: centis }),
        }));
        assert.ok(runPunctually(state, 0, history).every((made) => roleOf(made.state) === "backup"));
      }),
    );
  });

  it("S10 after a stall it sends nothing before a listen interval, unless it heard a master meanwhile", () => {
    const meanwhile = fc.array(
      fc.record({ afterMicros: fc.nat(300_000), event: fc.oneof(advertisements, fc.constant(TICK)) }),
    );
    fc.assert(
      fc.property(configs, histories, fc.nat(100), meanwhile, (config, history, extra, happenings) => {
        const { state, nowMicros } = lastOf(run(config, history), config);
        if (state.role === "initialize" || state.role === "resigning") return;
        const learned = state.role === "backup" ? state.learnedIntervalMicros : undefined;
        const interval = learned ?? state.config.advertisementIntervalMicros;
        // Beyond what any row of stalls in a history this short makes a node put up with.
        const woken = Math.max(nowMicros, deadlineOf(state) ?? 0) + (4 + extra) * interval * 2 ** state.stalls;
        const made = runOn(state, woken, [{ afterMicros: 0, event: TICK }, ...happenings]);
        for (const { nowMicros: at, outputs, event, state: now } of made) {
          const accepted = now.role === "backup" && now.wait === "active-down";
          if (accepted || at >= woken + listenIntervalMicros(effectivePriority(state), interval)) break;
          assert.ok(
            outputs.every(({ kind }) => kind !== "send"),
            event.kind,
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
