/** Drives the claim on one public address: makes its calls one at a time, keeps its times, and tells what came of them. */

import { failureOf } from "../clouds/apiFailure.ts";
import type { RouteApi } from "../clouds/routeApi.ts";
import type { Log } from "../logging/log.ts";
import type { GroupView } from "./groupView.ts";
import { createPublicAddress, deadlineOf, stepPublicAddress } from "./routeController.ts";
import {
  type Phase,
  type PublicAddressEvent,
  type PublicAddressOutput,
  type PublicAddressRules,
  type PublicAddressState,
} from "./routeState.ts";

const MICROS_PER_MS = 1_000;
/** Of failures in a row, the first is said, and then every so manieth. */
const SAID_EVERY = 10;

/** Which address it is. */
export interface DrivenAddress {
  readonly virtualRouter: string;
  readonly kind: string;
  readonly address: string;
}

export class RouteDriver {
  readonly #subject: DrivenAddress;
  readonly #api: RouteApi;
  readonly #log: Log;
  readonly #witnessChanged: () => void;
  /** Those who wait for the address, or for the word that it stays elsewhere. */
  readonly #waiting = new Set<() => void>();
  #state: PublicAddressState;
  #isMaster = false;
  #timer: NodeJS.Timeout | undefined;
  #call: AbortController | undefined;
  #isStopped = false;
  #masterSinceMs = 0;
  #move: { readonly sentMs: number; readonly requestedAfterMs: number } | undefined;
  #lastMove: PublicAddressStatus["lastMove"] = null;
  #moves = 0;

  constructor(
    subject: DrivenAddress,
    api: RouteApi,
    rules: PublicAddressRules,
    group: GroupView,
    log: Log,
    witnessChanged: () => void,
  ) {
    this.#subject = subject;
    this.#api = api;
    this.#log = log;
    this.#witnessChanged = witnessChanged;
    this.#state = createPublicAddress(rules, group, nowMicros());
    this.#arm();
  }

  /** Whether the API has been out of reach for long. */
  get isWitnessLost(): boolean {
    return this.#state.isWitnessLost;
  }

  setMastership(isMaster: boolean): void {
    if (isMaster === this.#isMaster) return;
    this.#isMaster = isMaster;
    this.#masterSinceMs = performance.now();
    this.#take({ kind: isMaster ? "mastership" : "no-mastership" });
  }

  /** Resolves once the address leads here or is left to another, or nobody wants it; @throws the signal's reason */
  async arrival(signal: AbortSignal): Promise<void> {
    if (this.#state.phase.kind !== "seeking" && this.#state.phase.kind !== "moving") return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(resolve);
      signal.addEventListener("abort", () => {
        this.#waiting.delete(resolve);
        reject(signal.reason instanceof Error ? signal.reason : new Error("given up"));
      });
    });
  }

  setGroup(group: GroupView): void {
    if (JSON.stringify(group) !== JSON.stringify(this.#state.group)) this.#take({ kind: "group", group });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#call?.abort();
    this.#release();
    this.#api.close();
  }

  status(): PublicAddressStatus {
    const { phase, route, trouble, isWitnessLost } = this.#state;
    return {
      ...this.#subject,
      phase: phase.kind,
      why: phase.kind === "left" ? phase.why : null,
      routedTo: route === undefined ? null : route.to,
      isHere: route === undefined ? null : route.settled && route.to === this.#state.rules.self,
      trouble:
        trouble.latest === undefined
          ? null
          : { kind: trouble.latest.kind, message: trouble.latest.message, failures: trouble.failures },
      isWitnessLost,
      requests: this.#api.requests,
      moves: this.#moves,
      lastMove: this.#lastMove,
    };
  }

  #take(event: PublicAddressEvent): void {
    if (this.#isStopped) return;
    const { state, outputs } = stepPublicAddress(this.#state, event, nowMicros());
    this.#state = state;
    for (const output of outputs) this.#do(output);
    const { kind } = state.phase;
    if (kind !== "seeking" && kind !== "moving") this.#release();
    this.#arm();
  }

  #do(output: PublicAddressOutput): void {
    switch (output.kind) {
      case "read":
      case "move":
        void this.#make(output.kind);
        return;
      case "abort":
        this.#call?.abort();
        return;
      case "witness":
        this.#log[output.lost ? "error" : "info"](
          this.#fields(),
          `the cloud's API is ${output.lost ? "out of reach" : "back"}`,
        );
        this.#witnessChanged();
        return;
      case "entered":
        this.#entered(output.phase);
        return;
      case "trouble": {
        const { failure, failures } = output;
        if (failures !== 1 && failures % SAID_EVERY !== 0) return;
        this.#log.warn({ ...this.#fields(), failures, failure: failure.kind }, `public address: ${failure.message}`);
        return;
      }
      case "recovered":
        this.#log.info(this.#fields(), "public address: the API answers again");
    }
  }

  async #make(call: "read" | "move"): Promise<void> {
    const controller = new AbortController();
    this.#call = controller;
    if (call === "move") this.#noteMove();
    try {
      const route = await this.#api[call](controller.signal);
      this.#take({ kind: "answered", route });
    } catch (error) {
      this.#take({ kind: "failed", failure: failureOf(error), chance: Math.random() });
    }
  }

  #release(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #noteMove(): void {
    const sentMs = performance.now();
    this.#moves += 1;
    this.#move = { sentMs, requestedAfterMs: sentMs - this.#masterSinceMs };
  }

  #entered(phase: Phase): void {
    switch (phase.kind) {
      case "idle":
      case "seeking":
        return;
      case "moving":
        this.#log.info({ ...this.#fields(), from: phase.from ?? "nowhere" }, "public address: asking for it");
        return;
      case "held": {
        const move = this.#move;
        this.#move = undefined;
        if (move === undefined) return;
        const { requestedAfterMs, sentMs } = move;
        this.#lastMove = { requestedAfterMs, tookMs: performance.now() - sentMs, at: new Date().toISOString() };
        this.#log.info({ ...this.#fields(), ...this.#lastMove }, "public address: it leads here");
        return;
      }
      case "left":
        this.#log.warn(
          { ...this.#fields(), to: phase.to ?? "nowhere", why: phase.why },
          "public address: left where it is",
        );
    }
  }

  #fields(): Record<string, string> {
    return { ...this.#subject };
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const deadlineMicros = deadlineOf(this.#state);
    if (this.#isStopped || deadlineMicros === undefined) return;
    const waitMs = Math.max(0, Math.ceil((deadlineMicros - nowMicros()) / MICROS_PER_MS));
    this.#timer = setTimeout(() => {
      this.#take({ kind: "tick" });
    }, waitMs);
    this.#timer.unref();
  }
}

function nowMicros(): number {
  return performance.now() * MICROS_PER_MS;
}

/** One public address, and how this node's claim on it stands. */
export interface PublicAddressStatus {
  readonly virtualRouter: string;
  /** `ovhFailoverIp` or `openstackFloatingIp`. */
  readonly kind: string;
  readonly address: string;
  readonly phase: "idle" | "seeking" | "moving" | "held" | "left";
  /** Why it is left to another machine; null when it is not. */
  readonly why: string | null;
  /** The instance it led to at the latest look; null: none, or there was no look yet. */
  readonly routedTo: string | null;
  /** Whether that is this machine, with no move under way; null: there was no look yet. */
  readonly isHere: boolean | null;
  /** Why the latest calls failed, and how many in a row; null when the latest did not. */
  readonly trouble: { readonly kind: string; readonly message: string; readonly failures: number } | null;
  /** Whether the API has been out of reach for 30 s. */
  readonly isWitnessLost: boolean;
  /** Calls of the API since the agent started, and those among them that asked for a move. */
  readonly requests: number;
  readonly moves: number;
  /** Of the latest move that ended here: from the change of role to its request, and from there until it was done. */
  readonly lastMove: { readonly requestedAfterMs: number; readonly tookMs: number; readonly at: string } | null;
}
