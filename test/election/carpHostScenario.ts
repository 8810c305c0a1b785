/** Words for the tables of the CARP host: a host in each state, events, and outputs as one line of text each. */
import {
  type CarpClaim,
  type CarpHostConfig,
  type CarpHostEvent,
  type CarpHostState,
  type CarpHostStep,
  createCarpHost,
  stepCarpHost,
} from "../../agent/election/carp/carpHost.ts";

export const SECOND = 1_000_000;

/** The host under test: OpenBSD's dialect, base 1 and skew 100; its address is between those of the two peers. */
export const CONFIG: CarpHostConfig = {
  virtualHostId: 10,
  advertisementBase: 1,
  advertisementSkew: 100,
  dialect: "openbsd",
  preempt: true,
  preemptDelayMicros: 0,
  startupDelayMicros: 0,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.3", "10.25.0.200"],
  addresses: ["10.25.0.100", "10.25.0.101"],
};

/** A peer that stays master among equals, and one that does not. */
export const LOWER_PEER = "10.25.0.3";
export const HIGHER_PEER = "10.25.0.200";

/** What follows from base 1 and skew 100: tv(1, 100), 3 s + tv(0, 100), the listen interval and 100/256 of 20 ms. */
export const INTERVAL = 1_390_625;
export const MASTER_DOWN = 3_390_625;
export const LISTEN = 2_390_625;
export const SUCCESSION = 7_812;
export const RESIGNATION = 2 * SECOND;

/** The host under test with something else configured. */
export function configured(changes: Partial<CarpHostConfig>): CarpHostConfig {
  return { ...CONFIG, ...changes };
}

/** Claims beside that of the host under test: 50 is preferred to it, 200 is not. */
export function claim(changes: Partial<CarpClaim> = {}): CarpClaim {
  return { virtualHostId: CONFIG.virtualHostId, advertisementBase: 1, advertisementSkew: 100, demotion: 0, ...changes };
}

/** An advertisement of a claim. */
export function hears(changes: Partial<CarpClaim>, from: string = LOWER_PEER): CarpHostEvent {
  return { kind: "advertisement", from, advertisement: claim(changes) };
}

export const PREFERRED = hears({ advertisementSkew: 50 });
export const NOT_PREFERRED = hears({ advertisementSkew: 200 });
export const BOW_OUT = hears({ advertisementBase: 255, advertisementSkew: 255 });
export const STARTUP: CarpHostEvent = { kind: "startup" };
export const RESUME: CarpHostEvent = { kind: "startup", resume: true };
export const SHUTDOWN: CarpHostEvent = { kind: "shutdown" };
export const LINK_UP: CarpHostEvent = { kind: "link-up" };
export const LINK_DOWN: CarpHostEvent = { kind: "link-down" };
export const HOLD_BACK: CarpHostEvent = { kind: "hold-back", reason: "drained" };
export const READMIT: CarpHostEvent = { kind: "readmit" };
export const HAND_OVER: CarpHostEvent = { kind: "hand-over" };
export const SUCCEED: CarpHostEvent = { kind: "succeed" };
export const PEER_LOST: CarpHostEvent = { kind: "peer-lost", from: LOWER_PEER };
export const TICK: CarpHostEvent = { kind: "tick" };

export function demote(demotion: number): CarpHostEvent {
  return { kind: "demote", demotion };
}

export function reconfigure(changes: Partial<CarpHostConfig>): CarpHostEvent {
  return { kind: "reconfigure", config: configured(changes) };
}

/** The state after events at their times. */
export function after(
  state: CarpHostState,
  ...events: readonly (readonly [nowMicros: number, event: CarpHostEvent])[]
): CarpHostState {
  return events.reduce((current, [nowMicros, event]) => stepCarpHost(current, event, nowMicros).state, state);
}

/** Never started. */
export function initializeOf(config = CONFIG): CarpHostState {
  return createCarpHost(config);
}

/** Backup since time 0, that heard nobody. */
export function backupOf(config = CONFIG): CarpHostState {
  return after(initializeOf(config), [0 - config.startupDelayMicros, STARTUP], [0, TICK]);
}

/** Backup that heard at time 0 a master that it accepts. */
export function watchingOf(config = CONFIG, master = PREFERRED): CarpHostState {
  return after(backupOf(config), [0, master]);
}

/** Master since time 0. */
export function masterOf(config = CONFIG): CarpHostState {
  return after(backupOf(config), [0, SUCCEED]);
}

/** Resigning since time 0, to end in initialize. */
export function resigningOf(config = CONFIG): CarpHostState {
  return after(masterOf(config), [0, SHUTDOWN]);
}

/** Resigning since time 0, to end as a backup. */
export function handingOverOf(config = CONFIG): CarpHostState {
  return after(masterOf(config), [0, HAND_OVER]);
}

/** Resuming since time 0. */
export function resumingOf(config = CONFIG): CarpHostState {
  return after(initializeOf(config), [0, RESUME]);
}

/** A claim as text: `1/100`, `1/100 demoted 5`, `bow-out`. */
export function claimText({ advertisementBase: base, advertisementSkew: skew, demotion }: CarpClaim): string {
  if (base === 255 && skew === 255) return "bow-out";
  return demotion === 0 ? `${base}/${skew}` : `${base}/${skew} demoted ${demotion}`;
}

/** Outputs as text: `send 1/100`, `acquire`, `backup -> master: master-down`, `notice equal-priority 10.25.0.3`. */
export function outputsOf(step: Pick<CarpHostStep, "outputs">): string[] {
  return step.outputs.map((output) => {
    switch (output.kind) {
      case "send":
        return `send ${claimText(output.advertisement)}`;
      case "solicit":
        return `ask ${output.to} with ${claimText(output.advertisement)}`;
      case "transition":
        return `${output.from} -> ${output.to}: ${output.reason}`;
      case "notice":
        return `notice ${output.notice} ${output.from}`;
      case "acquire":
      case "announce":
      case "release":
        return output.kind;
    }
  });
}
