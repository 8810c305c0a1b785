import assert from "node:assert/strict";
import { heldBack, inDelay, notStarted, withoutLink, withoutLinkOfMaster } from "./initializeColumns.ts";
import { ACTIVE_DOWN, HIGHER_PEER, LISTEN, LOWER_PEER, RESIGNATION, SECOND, SKEW } from "./scenario.ts";
import { AT, type Column, type Consequence, column, nothing, SITUATIONS, type Situation } from "./stateEventTable.ts";

const takesOver = (rule: string, reason: string, at: number): Consequence => ({
  rule,
  outputs: [`backup -> master: ${reason}`, "send 100", "acquire"],
  role: "master",
  deadline: at + SECOND,
});
const leaves = (role: string, reason: string, rule: string): Consequence => ({
  rule,
  outputs: role === "backup" ? [`${role} -> initialize: ${reason}`] : [`${role} -> initialize: ${reason}`, "release"],
  role: "initialize",
  deadline: undefined,
});
const equal = (peer: string): string => `notice equal-priority ${peer}`;
const own = "notice own-advertisement 10.25.0.11";

const backup: Column = {
  startup: nothing("own: a second Startup has no effect"),
  "startup that resumes": nothing("own: nor has one that resumes"),
  shutdown: leaves("backup", "shutdown", "[6.4.2-f] Shutdown: cancel the Active_Down_Timer, -> Initialize, no frame"),
  "link-up": nothing("own: a link that was there has no effect"),
  "link-down": leaves("backup", "link-down", "own: without a link it takes no part"),
  "hold-back": leaves("backup", "maintenance", "own: held back it takes no part"),
  readmit: nothing("own: nothing holds it back"),
  demote: { ...nothing("own: the wait is that of the lower priority"), deadline: 3 * SECOND + 843_750 },
  "hand-over": nothing("own: there is nothing to hand over"),
  succeed: takesOver("own: the master handed over to it: no skew", "handover", AT),
  "master lost": {
    rule: "own: the master may be dead: it is asked",
    outputs: [`ask ${HIGHER_PEER} with 199`],
    deadline: AT + 5_000,
  },
  "other peer lost": nothing("own: the master is another"),
  "priority 0": { ...nothing("[6.4.2-h] priority 0: Active_Down_Timer := Skew_Time"), deadline: AT + SKEW },
  "lower priority": nothing("[6.4.2-l] lower priority, Preempt_Mode True: discarded, the timer runs on"),
  "equal priority, lower address": {
    rule: "[6.4.2-k] equal priority: Active_Down_Timer := Active_Down_Interval, addresses are not compared",
    outputs: [equal(LOWER_PEER)],
    deadline: AT + ACTIVE_DOWN,
  },
  "equal priority, higher address": {
    rule: "[6.4.2-k] equal priority: the same, whichever address",
    outputs: [equal(HIGHER_PEER)],
    deadline: AT + ACTIVE_DOWN,
  },
  "higher priority": {
    ...nothing("[6.4.2-j] higher priority: Active_Down_Timer := Active_Down_Interval"),
    deadline: AT + ACTIVE_DOWN,
  },
  "own address": { rule: "[6.4.3-o] an own advertisement is noticed and ignored", outputs: [own] },
  reconfigure: { ...nothing("own: the wait is that of the new priority"), deadline: 3 * SECOND + 804_688 },
  "tick before the deadline": nothing("[6.2-a:-] the Active_Down_Timer does not fire early"),
  "tick at the deadline": takesOver(
    "[6.4.2-g 6.2-a:+] Active_Down_Timer: ADVERTISEMENT, then announce, Adver_Timer, -> Active",
    "master-down",
    ACTIVE_DOWN,
  ),
};

const resigns = (rule: string, reason: string): Consequence => ({
  rule,
  outputs: [`master -> resigning: ${reason}`, "send 0"],
  role: "resigning",
  deadline: AT + RESIGNATION,
});
const yields = (rule: string, reason: string, ...notices: string[]): Consequence => ({
  rule,
  outputs: [`master -> backup: ${reason}`, "release", "send 100", ...notices],
  role: "backup",
  deadline: AT + ACTIVE_DOWN,
});

const master: Column = {
  startup: nothing("own: a second Startup has no effect"),
  "startup that resumes": nothing("own: nor has one that resumes"),
  shutdown: resigns("[6.4.3-i] Shutdown: priority 0; own: the addresses stay for the successor", "shutdown"),
  "link-up": nothing("own: a link that was there has no effect"),
  "link-down": leaves("master", "link-down", "own: without a link the addresses are let go, and nothing is sent"),
  "hold-back": resigns("own: held back it resigns as at Shutdown", "maintenance"),
  readmit: nothing("own: nothing holds it back"),
  demote: {
    rule: "own: the group hears of a demotion at once; the role stays",
    outputs: ["send 40"],
    deadline: AT + SECOND,
  },
  "hand-over": resigns("own: asked to hand over it resigns as at Shutdown", "handover"),
  succeed: nothing("own: it is master already"),
  "master lost": nothing("own: it watches nobody"),
  "other peer lost": nothing("own: it watches nobody"),
  "priority 0": {
    rule: "[6.4.3-k] priority 0: ADVERTISEMENT, Adver_Timer := Advertisement_Interval; own: announce",
    outputs: ["send 100", "announce"],
    deadline: AT + SECOND,
  },
  "lower priority": {
    rule: "[6.4.3-n] lower priority: ADVERTISEMENT at once, the Adver_Timer runs on; own: announce",
    outputs: ["send 100", "announce"],
  },
  "equal priority, lower address": {
    rule: "[6.4.3-n] equal priority, lower address: the same",
    outputs: ["send 100", "announce", equal(LOWER_PEER)],
  },
  "equal priority, higher address": yields(
    "[6.4.3-m] equal priority, higher address: as from a higher priority",
    "tie-lost",
    equal(HIGHER_PEER),
  ),
  "higher priority": yields("[6.4.3-l] higher priority: -> Backup; own: one last ADVERTISEMENT", "higher-priority"),
  "own address": { rule: "[6.4.3-o] an own advertisement is noticed and not answered", outputs: [own] },
  reconfigure: {
    rule: "own: a lower priority is told to the group at once; the role stays",
    outputs: ["send 50"],
    deadline: AT + SECOND,
  },
  "tick before the deadline": nothing("[6.2-b:-] the Adver_Timer does not fire early"),
  "tick at the deadline": {
    rule: "[6.4.3-j 6.2-b:+] Adver_Timer: ADVERTISEMENT, Adver_Timer := Advertisement_Interval",
    outputs: ["send 100"],
    deadline: 2 * SECOND,
  },
};

const succeeded = (rule: string): Consequence => leaves("resigning", "successor-heard", rule);

const resigning: Column = {
  startup: nothing("own: a Startup is for when it has resigned"),
  "startup that resumes": nothing("own: so is one that resumes"),
  shutdown: nothing("own: a second Shutdown has no effect"),
  "link-up": nothing("own: a link that was there has no effect"),
  "link-down": leaves("resigning", "link-down", "own: without a link the addresses are let go at once"),
  "hold-back": nothing("own: to be held back is remembered"),
  readmit: nothing("own: it goes on"),
  demote: nothing("own: a demotion is remembered"),
  "hand-over": nothing("own: it is about to"),
  succeed: nothing("own: only a backup can be a successor"),
  "master lost": nothing("own: a successor that died leaves it waiting for the next"),
  "other peer lost": nothing("own: a peer that died leaves it waiting for the others"),
  "priority 0": nothing("own: another that resigns is no successor and gets no answer"),
  "lower priority": succeeded("own, S9: the successor's advertisement ends it, of lower priority"),
  "equal priority, lower address": succeeded("own, S9: of equal priority"),
  "equal priority, higher address": succeeded("own, S9: of equal priority from a higher address"),
  "higher priority": succeeded("own, S9: of higher priority"),
  "own address": nothing("own: an own advertisement is no successor"),
  reconfigure: nothing("own: the configuration is taken"),
  "tick before the deadline": nothing("own: nothing is advertised meanwhile"),
  "tick at the deadline": leaves("resigning", "no-successor", "own, S9: the slowest successor would have been heard"),
};

const gives = (rule: string, ...notices: string[]): Consequence => ({
  rule,
  outputs: ["resuming -> backup: successor-heard", "release", "send 0", ...notices],
  role: "backup",
  deadline: AT + ACTIVE_DOWN,
});

const resuming: Column = {
  startup: nothing("own: a second Startup has no effect"),
  "startup that resumes": nothing("own: nor has one that resumes"),
  shutdown: leaves("resuming", "shutdown", "own: Shutdown: the addresses are let go, and nothing is sent"),
  "link-up": nothing("own: a link that was there has no effect"),
  "link-down": leaves("resuming", "link-down", "own: without a link the addresses are let go"),
  "hold-back": leaves("resuming", "maintenance", "own: held back it lets the addresses go"),
  readmit: nothing("own: nothing holds it back"),
  demote: { ...nothing("own: it listens for as long as the lower priority does"), deadline: SECOND + 843_750 },
  "hand-over": nothing("own: it does not know whether there is anything to hand over"),
  succeed: nothing("own: the word may be old, and whoever is master will be heard"),
  "master lost": nothing("own: it watches nobody"),
  "other peer lost": nothing("own: it watches nobody"),
  "priority 0": nothing("own: whoever resigns is no master"),
  "lower priority": gives("own: another has the addresses, even if of lower priority"),
  "equal priority, lower address": gives("own: of equal priority", equal(LOWER_PEER)),
  "equal priority, higher address": gives("own: of equal priority from a higher address", equal(HIGHER_PEER)),
  "higher priority": gives("own: of higher priority"),
  "own address": { rule: "[6.4.3-o] an own advertisement is noticed and ignored", outputs: [own] },
  reconfigure: { ...nothing("own: it listens for as long as the new priority does"), deadline: SECOND + 804_688 },
  "tick before the deadline": nothing("own, S10: nothing is advertised before the listen interval is over"),
  "tick at the deadline": {
    rule: "own: nobody was heard: it goes on as master",
    outputs: ["resuming -> master: resumed", "send 100", "acquire"],
    role: "master",
    deadline: LISTEN + SECOND,
  },
};

describe("the state machine of a VRRP router, state by event [6.4-a]", () => {
  const table: Readonly<Record<Situation, Column>> = {
    "not started": notStarted,
    "without a link": withoutLink,
    "without the link it lost as master": withoutLinkOfMaster,
    "held back": heldBack,
    "in its start-up delay": inDelay,
    backup,
    master,
    resigning,
    resuming,
  };

  for (const [situation, cells] of Object.entries(table) as [Situation, Column][]) column(situation, cells);

  it("has a column for each state", () => {
    assert.deepEqual(Object.keys(table).sort(), [...SITUATIONS].sort());
  });
});
