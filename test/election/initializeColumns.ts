/** The columns of Initialize in the table of the VRRP router: one for each thing that may be in the way of taking part. */
import { ACTIVE_DOWN, LISTEN, SECOND } from "./scenario.ts";
import { AT, type Column, type Consequence, nothing, STARTUP_DELAY } from "./stateEventTable.ts";

const unheard = (what: string): Consequence => nothing(`[6.4.1-c:-] ${what} has no effect before Startup`);

/** What is the same whatever is in the way of taking part: nothing of it is heard, said or counted. */
const outside = {
  "hand-over": nothing("own: there is nothing to hand over"),
  succeed: nothing("own: only a backup can be a successor"),
  "master lost": nothing("own: it watches nobody"),
  "other peer lost": nothing("own: it watches nobody"),
  "priority 0": unheard("priority 0"),
  "lower priority": unheard("a lower priority"),
  "equal priority, lower address": unheard("an equal priority"),
  "equal priority, higher address": unheard("an equal priority from a higher address"),
  "higher priority": unheard("a higher priority"),
  "own address": unheard("an own advertisement"),
  demote: nothing("own: a demotion is remembered"),
  "tick before the deadline": nothing("[6.2-c] own: no timer runs that a tick could fire"),
} as const;

const begins = (rule: string, reason: string, at: number): Consequence => ({
  rule,
  outputs: [`initialize -> backup: ${reason}`],
  role: "backup",
  deadline: at + ACTIVE_DOWN,
});
const refused = (rule: string): Consequence => ({ rule, outputs: ["release"] });

export const notStarted: Column = {
  ...outside,
  startup: begins("[6.4.1-b] Startup, priority below 255: Active_Down_Timer, -> Backup, not a frame", "startup", AT),
  "startup that resumes": {
    rule: "own: the addresses of an earlier life are kept while it listens",
    outputs: ["initialize -> resuming: startup"],
    role: "resuming",
    deadline: AT + LISTEN,
  },
  shutdown: nothing("own: what was not started cannot be stopped"),
  "link-up": nothing("own: a link alone starts nothing"),
  "link-down": nothing("own: losing the link before Startup is no transition"),
  "hold-back": nothing("own: to be held back is remembered"),
  readmit: nothing("own: to be readmitted starts nothing"),
  reconfigure: nothing("own: the configuration is taken"),
  "tick at the deadline": nothing("own: there is no deadline"),
};

export const withoutLink: Column = {
  ...outside,
  startup: nothing("own: it is started already"),
  "startup that resumes": refused("own: addresses of an earlier life are let go where there is no link"),
  shutdown: nothing("own: a shutdown is remembered, and the link will start nothing"),
  "link-up": begins("[6.4.1-b] the link is the Startup of one that was told to start", "link-up", AT),
  "link-down": nothing("own: the link is gone already"),
  "hold-back": nothing("own: to be held back is remembered, and the link will start nothing"),
  readmit: nothing("own: to be readmitted brings no link"),
  reconfigure: nothing("own: the configuration is taken"),
  "tick at the deadline": nothing("own: there is no deadline"),
};

export const withoutLinkOfMaster: Column = {
  ...withoutLink,
  "link-up": {
    rule: "own: nobody can have replaced it for its silence: it is master as before",
    outputs: ["initialize -> master: link-up", "send 100", "acquire"],
    role: "master",
    deadline: AT + SECOND,
  },
};

export const heldBack: Column = {
  ...outside,
  startup: nothing("own: it is started already"),
  "startup that resumes": refused("own: addresses of an earlier life are let go by one that may not be master"),
  shutdown: nothing("own: a shutdown is remembered, and to be readmitted will start nothing"),
  "link-up": nothing("own: a link does not make good what holds it back"),
  "link-down": nothing("own: a lost link is remembered, and to be readmitted will start nothing"),
  "hold-back": nothing("own: another reason is remembered"),
  readmit: begins("[6.4.1-b] to be readmitted is the Startup of one that was held back", "readmitted", AT),
  reconfigure: nothing("own: the configuration is taken, and whoever is held back stays so"),
  "tick at the deadline": nothing("own: there is no deadline"),
};

export const inDelay: Column = {
  ...outside,
  startup: nothing("own: a second Startup does not start the delay anew"),
  "startup that resumes": {
    rule: "own: the delay is for nodes that are not in service; one that has the addresses is",
    outputs: ["initialize -> resuming: startup"],
    role: "resuming",
    deadline: AT + LISTEN,
  },
  shutdown: { ...nothing("own: a shutdown ends the delay, and nothing follows it"), deadline: undefined },
  "link-up": nothing("own: a link that was there shortens nothing"),
  "link-down": { ...nothing("own: without a link the end of the delay starts nothing"), deadline: undefined },
  "hold-back": { ...nothing("own: held back, the end of the delay starts nothing"), deadline: undefined },
  readmit: nothing("own: to be readmitted shortens nothing"),
  reconfigure: { ...nothing("own: the delay is the new one's, which has none"), deadline: 0 },
  "tick at the deadline": begins("[6.4.1-b] the end of the delay is the Startup", "startup", STARTUP_DELAY),
};
