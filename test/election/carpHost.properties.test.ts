import assert from "node:assert/strict";
import fc from "fast-check";
import { createCarpHost, deadlineOf, roleOf, stepCarpHost } from "../../agent/election/carp/carpHost.ts";
import { effectiveSkew } from "../../agent/election/carp/claim.ts";
import { listenMicros } from "../../agent/election/carp/timers.ts";
import type { Role } from "../../agent/election/election.ts";
import {
  advertisements,
  born,
  configs,
  type Happening,
  histories,
  type Made,
  run,
  runPunctually,
} from "./carpHostHistories.ts";
import { backupOf, hears, LINK_UP, outputsOf, READMIT, STARTUP, TICK } from "./carpHostScenario.ts";

/** INIT, BACKUP and MASTER as in C6, and the ways through the two roles that the wire does not know. */
const LAWFUL: readonly (readonly [Role, Role])[] = [
  ["initialize", "backup"],
  ["initialize", "resuming"],
  ["backup", "master"],
  ["backup", "initialize"],
  ["master", "backup"],
  ["master", "initialize"],
  ["master", "resigning"],
  ["master", "resuming"],
  ["resigning", "initialize"],
  ["resigning", "backup"],
  ["resigning", "master"],
  ["resigning", "resuming"],
  ["resuming", "master"],
  ["resuming", "backup"],
  ["resuming", "initialize"],
];
const HOLDING: readonly Role[] = ["master", "resigning", "resuming"];

/** Checks every step of any history of any configuration. */
function always(check: (made: Made) => void): void {
  fc.assert(
    fc.property(configs, fc.boolean(), histories, (config, resume, history) => {
      for (const made of born(config, resume, history)) check(made);
    }),
    { numRuns: 500 },
  );
}

describe("a CARP host, whatever happens", () => {
  it("holds the addresses exactly as master, resigning and resuming", () => {
    fc.assert(
      fc.property(configs, fc.boolean(), histories, (config, resume, history) => {
        let held = resume;
        for (const { outputs, state } of born(config, resume, history)) {
          for (const { kind } of outputs) {
            if (kind === "release" || kind === "announce") assert.equal(held, true);
            if (kind === "acquire") held = true;
            if (kind === "release") held = false;
          }
          assert.equal(held, HOLDING.includes(roleOf(state)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("changes its role only in lawful ways, twice in a step at most, and never back and forth", () => {
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
      assert.ok(transitions.length <= 2);
      assert.ok(transitions.length < 2 || roleOf(before) !== role, outputsOf({ outputs }).join(", "));
      if (transitions.length > 0) assert.equal(outputs.find(({ kind }) => kind !== "notice")?.kind, "transition");
    });
  });

  it("becomes master with an advertisement and then the addresses, in one step [C6-h]", () => {
    always(({ state, before, outputs }) => {
      if (roleOf(state) !== "master" || roleOf(before) === "master") return;
      const kinds = outputs.map(({ kind }) => kind).filter((kind) => kind !== "notice");
      assert.deepEqual(kinds, ["transition", "send", "acquire"]);
    });
  });

  it("lets the addresses go before its last word to the one it yields to", () => {
    always(({ outputs, before, state }) => {
      if (roleOf(before) !== "master" || roleOf(state) !== "backup") return;
      const kinds = outputs.map(({ kind }) => kind).filter((kind) => kind !== "notice");
      assert.deepEqual(kinds.slice(-2), ["release", "send"]);
    });
  });

  it("is never master while it is held back, not started or without a link", () => {
    always(({ state, outputs }) => {
      if (state.hold === undefined && state.startedAtMicros !== undefined && state.linkUp) return;
      assert.ok(["initialize", "resigning"].includes(roleOf(state)), roleOf(state));
      if (!state.linkUp) assert.equal(roleOf(state), "initialize");
      assert.ok(outputs.every(({ kind }) => kind !== "acquire"));
    });
  });

  it("has a deadline in every role but initialize; a tick at it changes something, and the next is later", () => {
    always(({ state, nowMicros }) => {
      const due = deadlineOf(state);
      if (roleOf(state) !== "initialize") assert.notEqual(due, undefined);
      if (due === undefined) return;
      const at = Math.max(due, nowMicros);
      const ticked = stepCarpHost(state, TICK, at);
      assert.notDeepEqual(ticked.outputs, []);
      assert.ok((deadlineOf(ticked.state) ?? Infinity) > at);
    });
  });

  it("ignores a tick before its deadline", () => {
    always(({ state, nowMicros }) => {
      if ((deadlineOf(state) ?? Infinity) <= nowMicros) return;
      assert.deepEqual(stepCarpHost(state, TICK, nowMicros), { state, outputs: [] });
    });
  });

  it("does nothing about an equal configuration", () => {
    always(({ state, nowMicros }) => {
      // A driver that is late makes every event the one that wakes the host.
      if ((deadlineOf(state) ?? Infinity) < nowMicros) return;
      const step = stepCarpHost(state, { kind: "reconfigure", config: structuredClone(state.config) }, nowMicros);
      assert.deepEqual(step, { state, outputs: [] });
    });
  });

  it("never lets the addresses go because of a configuration or a demotion", () => {
    always(({ state, event, before, outputs }) => {
      if (event.kind !== "reconfigure" && event.kind !== "demote") return;
      assert.ok(outputs.every(({ kind }) => kind !== "release"));
      assert.equal(HOLDING.includes(roleOf(before)), HOLDING.includes(roleOf(state)));
    });
  });

  it("sends only what fits the wire, and no claim but as master or to the one it yields to", () => {
    always(({ outputs, state }) => {
      for (const output of outputs) {
        if (output.kind !== "send") continue;
        const { advertisementBase: base, advertisementSkew: skew, demotion } = output.advertisement;
        for (const octet of [base, skew, demotion]) assert.ok(Number.isInteger(octet) && octet >= 0 && octet <= 255);
        if (state.config.dialect === "ucarp") assert.equal(demotion, 0);
        const isBowOut = base === 255 && skew === 255;
        assert.ok((isBowOut ? ["resigning", "backup"] : ["master", "backup"]).includes(roleOf(state)));
      }
    });
  });

  it("is a function of its arguments and leaves them alone", () => {
    always(({ before, event, nowMicros, outputs, state }) => {
      const copies = structuredClone([before, event] as const);
      assert.deepEqual(stepCarpHost(...copies, nowMicros), { state, outputs });
      assert.deepEqual(copies, [before, event]);
    });
  });
});

describe("a CARP host that is alone", () => {
  it("becomes master with a punctual driver, and stays it", () => {
    fc.assert(
      fc.property(configs, fc.boolean(), histories, (config, resume, history) => {
        const last = born(config, resume, history).at(-1);
        assert.ok(last !== undefined);
        const minute = 60_000_000;
        const alone: Happening[] = [
          { afterMicros: minute, event: LINK_UP },
          { afterMicros: 0, event: READMIT },
          { afterMicros: 0, event: STARTUP },
          { afterMicros: minute, event: TICK },
          { afterMicros: minute, event: TICK },
        ];
        const made = runPunctually(last.state, last.nowMicros, alone);
        const lastMinute = made.filter(({ nowMicros }) => nowMicros > last.nowMicros + 2 * minute);
        assert.ok(lastMinute.length > 0);
        assert.ok(lastMinute.every(({ before, state }) => roleOf(before) === "master" && roleOf(state) === "master"));
      }),
    );
  });

  it("becomes master with a driver that is always late, however much, and stays it", () => {
    fc.assert(
      fc.property(configs, fc.nat(1_000), (config, lateTenths) => {
        const late = lateTenths * 100_000;
        let state = stepCarpHost(createCarpHost(config), STARTUP, 0).state;
        let nowMicros = 0;
        const roles: Role[] = [];
        for (let step = 0; step < 90; step++) {
          nowMicros = (deadlineOf(state) ?? nowMicros) + late;
          state = stepCarpHost(state, TICK, nowMicros).state;
          roles.push(roleOf(state));
        }
        assert.ok(
          roles.slice(-30).every((role) => role === "master"),
          roles.join(" "),
        );
      }),
    );
  });
});

describe("a CARP host without preempt mode", () => {
  it("never takes over from a master that it hears in time and that is neither demoted more nor too slow [C6-g C6-s:-]", () => {
    const heard = fc.array(fc.record({ skew: fc.nat(254), percent: fc.nat(250) }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(configs, heard, (config, adverts) => {
        const advertisementBase = Math.max(1, config.advertisementBase);
        const state = backupOf({ ...config, preempt: false, advertisementBase });
        const history = adverts.map(({ skew, percent }) => ({
          afterMicros: percent * 10_000 * advertisementBase,
          event: hears({ advertisementBase, advertisementSkew: skew }),
        }));
        assert.ok(runPunctually(state, 0, history).every((made) => roleOf(made.state) === "backup"));
      }),
    );
  });
});

describe("a CARP host that stalled", () => {
  it("claims nothing before it listened, unless it heard a master meanwhile", () => {
    const meanwhile = fc.array(
      fc.record({ afterMicros: fc.nat(300_000), event: fc.oneof(advertisements, fc.constant(TICK)) }),
    );
    fc.assert(
      fc.property(configs, histories, fc.nat(100), meanwhile, (config, history, extra, happenings) => {
        const last = born(config, false, history).at(-1);
        assert.ok(last !== undefined);
        const { state, nowMicros } = last;
        if (state.role === "initialize" || state.role === "resigning") return;
        const { advertisementBase } = state.config;
        // Beyond what any row of stalls in a history this short makes a host put up with.
        const woken = Math.max(nowMicros, deadlineOf(state) ?? 0) + (4 + extra) * 3_000_000 * 2 ** state.stalls;
        const listened = woken + listenMicros(advertisementBase, effectiveSkew(state));
        for (const made of run(state, woken, [{ afterMicros: 0, event: TICK }, ...happenings])) {
          const accepted = made.state.role === "backup" && made.state.wait === "master-down";
          if (accepted || made.nowMicros >= listened) break;
          const sent = outputsOf(made).filter((output) => output.startsWith("send"));
          assert.ok(sent.every((output) => output === "send bow-out"));
        }
      }),
      { numRuns: 500 },
    );
  });
});
