/**
 * The operator's word on this node: drained, in maintenance until a time, handed over. It is kept on disk and outlives
 * restarts and boots. A disk that fails costs that, and nothing else: the word is in force all the same.
 */

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { HoldReason } from "../election/election.ts";
import { replaceFile } from "../linux/system/replaceFile.ts";
import type { Log } from "../logging/log.ts";
import { messageOf } from "../logging/messageOf.ts";
import type { OperatorStatus } from "./operatorState.ts";
import {
  decodeOperatorState,
  encodeOperatorState,
  expired,
  holdOf,
  type OperatorState,
  UNTOUCHED,
} from "./operatorState.ts";
import type { OperatorOrder } from "./orders.ts";

const FILE = "operator.json";
const MS_PER_SECOND = 1_000;
/** The wall clock may be set meanwhile, so the end of a maintenance is looked for at least so often. */
const LONGEST_WAIT_MS = 60_000;

export class Operator {
  readonly #path: string;
  readonly #directory: string;
  readonly #log: Log;
  readonly #changed: () => void;
  #state: OperatorState;
  #isKept = true;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Reads what an earlier life was told.
   * @param directory where it is kept; made when there is something to keep.
   * @param changed called after every change of `hold`, a maintenance that ends by itself included; never by the constructor.
   */
  constructor(directory: string, log: Log, changed: () => void) {
    this.#directory = directory;
    this.#path = join(directory, FILE);
    this.#log = log;
    this.#changed = changed;
    this.#state = expired(this.#read(), Date.now());
    this.#awaitEnd();
    if (!isDeepStrictEqual(this.#state, UNTOUCHED))
      log.info({ ...this.status() }, "what the operator said is in force");
  }

  /** Why this node may not be master of anything; undefined when it may. */
  get hold(): HoldReason | undefined {
    return holdOf(this.#state, Date.now());
  }

  /** Names of virtual routers that were handed over and not taken back: they start deferential. */
  get handedOver(): readonly string[] {
    return this.#state.handedOver;
  }

  status(): OperatorStatus {
    const { drained, maintenance, handedOver } = this.#state;
    return { drained, maintenance: maintenance ?? null, handedOver, isKept: this.#isKept };
  }

  /** Takes this node out of service, or puts it back. After `undrain` its elections have to be told `readmit`, as handovers end. */
  obey(order: OperatorOrder): void {
    switch (order.kind) {
      case "drain":
        this.#become({ ...this.#state, drained: true }, "drained");
        return;
      case "undrain":
        this.#become({ ...this.#state, drained: false, handedOver: [] }, "no longer drained");
        return;
      case "maintenance": {
        const until = new Date(Date.now() + order.forSeconds * MS_PER_SECOND).toISOString();
        this.#become({ ...this.#state, maintenance: { until } }, "in maintenance");
        return;
      }
      case "end-maintenance":
        this.#become({ ...this.#state, maintenance: undefined }, "no longer in maintenance");
        return;
    }
  }

  /** These virtual routers are handed over, so that they stay so after a restart. */
  handOver(virtualRouters: readonly string[]): void {
    const handedOver = [...new Set([...this.#state.handedOver, ...virtualRouters])];
    this.#become({ ...this.#state, handedOver }, "handed over");
  }

  /** This virtual router became master here again, so it is no longer handed over. */
  becameMaster(virtualRouter: string): void {
    const handedOver = this.#state.handedOver.filter((name) => name !== virtualRouter);
    this.#become({ ...this.#state, handedOver }, "master again");
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #become(state: OperatorState, message: string): void {
    if (isDeepStrictEqual(state, this.#state)) return;
    const before = this.hold;
    this.#state = state;
    this.#keep();
    this.#log.info({ ...this.status() }, `operator: ${message}`);
    this.#awaitEnd();
    if (this.hold !== before) this.#changed();
  }

  #awaitEnd(): void {
    clearTimeout(this.#timer);
    const { maintenance } = this.#state;
    if (maintenance === undefined) return;
    const waitMs = Math.max(0, Date.parse(maintenance.until) - Date.now());
    this.#timer = setTimeout(
      () => {
        this.#endIfOver();
      },
      Math.min(waitMs, LONGEST_WAIT_MS),
    );
    this.#timer.unref();
  }

  #endIfOver(): void {
    const state = expired(this.#state, Date.now());
    if (state === this.#state) {
      this.#awaitEnd();
      return;
    }
    this.#state = state;
    this.#keep();
    this.#log.info({ ...this.status() }, "operator: the maintenance is over");
    this.#changed();
  }

  #read(): OperatorState {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if (!isMissing(error))
        this.#log.warn({ error: messageOf(error) }, "what the operator said earlier cannot be read");
      return UNTOUCHED;
    }
    const state = decodeOperatorState(text);
    if (state === undefined) this.#log.warn({ file: this.#path }, "what the operator said earlier is damaged: ignored");
    return state ?? UNTOUCHED;
  }

  /** A machine that is switched off remembers it. */
  #keep(): void {
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      replaceFile(this.#path, encodeOperatorState(this.#state), "power");
      this.#isKept = true;
    } catch (error) {
      this.#isKept = false;
      const remedy = `make ${this.#directory} writable, or say it again after a restart`;
      this.#log.warn({ error: messageOf(error), remedy }, "what the operator said is in force, but not on disk");
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
