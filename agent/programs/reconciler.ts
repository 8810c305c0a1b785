/**
 * What a master claims beyond its own interfaces, kept true: hooks, and whatever an API has to be told. Level-triggered:
 * it compares what should be with what is, and does the next thing. So nothing runs for a state that is over, a newer
 * intent overtakes an older one, and a call that failed half-way is cleared up after.
 */
import { messageOf } from "../logging/messageOf.ts";

/** One thing that is claimed as a whole. Calls may take long; both must end soon after their signal is aborted. */
export interface Resource {
  /** For the log, such as `hook`. */
  readonly name: string;
  /** How long one call may take before it is aborted, in milliseconds. */
  readonly deadlineMs: number;
  /** Makes it true. @throws Error saying what went wrong. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Gives it up; also called after an `acquire` that failed, which may have done half of it. */
  release(signal: AbortSignal): Promise<void>;
  /** How long to wait before the next attempt after so many failures in a row; undefined: it is done with, failed or not. */
  retryAfterMs(failures: number): number | undefined;
}

/** What is known of a claim: `unknown` after a call that did not end well. */
export type ResourceState = "held" | "released" | "unknown";

export type Intent = "held" | "released";

/** What to do next. */
export interface Step {
  readonly call: "acquire" | "release";
  readonly index: number;
}

/** The next call that leads from what is to what should be: claims are acquired in order and released in reverse. */
export function nextStep(intent: Intent, holdings: readonly ResourceState[]): Step | undefined {
  if (intent === "held") {
    const index = holdings.findIndex((holding) => holding !== "held");
    return index < 0 ? undefined : { call: "acquire", index };
  }
  const index = holdings.findLastIndex((holding) => holding !== "released");
  return index < 0 ? undefined : { call: "release", index };
}

/** Says how a call ended; `error` is absent when it went well. */
export type Listener = (claim: string, call: Step["call"], durationMs: number, error?: string) => void;

export class Reconciler {
  readonly #claims: readonly Resource[];
  readonly #listener: Listener;
  readonly #holdings: ResourceState[];
  readonly #failures: number[];
  #intent: Intent = "released";
  /** Aborts the call or the pause that is under way. */
  #current: AbortController | undefined;
  #working: Promise<void> | undefined;

  /**
   * @param claims in the order they are acquired.
   * @param holding of each: `unknown` when an earlier life may have left it acquired.
   */
  constructor(claims: readonly Resource[], listener: Listener, holding: ResourceState = "released") {
    this.#claims = claims;
    this.#listener = listener;
    this.#holdings = claims.map(() => holding);
    this.#failures = claims.map(() => 0);
  }

  get holdings(): readonly ResourceState[] {
    return this.#holdings;
  }

  /** Wants the claims to be so from now on; whatever is under way for another intent is aborted. */
  want(intent: Intent): void {
    if (intent !== this.#intent) {
      this.#intent = intent;
      this.#failures.fill(0);
      this.#current?.abort(new Error("the role changed"));
    }
    this.#resume();
  }

  /** Resolves when there is nothing to do, failed claims included. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** An intent that comes in the very moment in which the work ends finds nobody working: so it is looked at again then. */
  #resume(): void {
    if (this.#working !== undefined || nextStep(this.#intent, this.#holdings) === undefined) return;
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
      this.#resume();
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      const step = nextStep(this.#intent, this.#holdings);
      if (step === undefined) return;
      await this.#take(step);
    }
  }

  async #take({ call, index }: Step): Promise<void> {
    const claim = this.#claims[index];
    if (claim === undefined) return;
    const intent = this.#intent;
    const error = await this.#attempt(claim, call);
    if (error === undefined) {
      this.#holdings[index] = call === "acquire" ? "held" : "released";
      this.#failures[index] = 0;
      return;
    }
    this.#holdings[index] = "unknown";
    if (this.#intent !== intent) return;
    const failures = (this.#failures[index] ?? 0) + 1;
    this.#failures[index] = failures;
    const pauseMs = claim.retryAfterMs(failures);
    if (pauseMs === undefined) this.#holdings[index] = call === "acquire" ? "held" : "released";
    else await this.#pause(pauseMs);
  }

  /** One call, with its deadline. @returns what went wrong, if anything did. */
  async #attempt(claim: Resource, call: Step["call"]): Promise<string | undefined> {
    const startedAt = performance.now();
    const controller = this.#begin();
    const timer = setTimeout(() => {
      controller.abort(new Error(`no end within ${claim.deadlineMs} ms`));
    }, claim.deadlineMs);
    let failure: string | undefined;
    try {
      await claim[call](controller.signal);
    } catch (error) {
      failure = messageOf(error);
    } finally {
      clearTimeout(timer);
      this.#current = undefined;
    }
    const durationMs = performance.now() - startedAt;
    if (failure === undefined) this.#listener(claim.name, call, durationMs);
    else this.#listener(claim.name, call, durationMs, failure);
    return failure;
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#begin();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#current = undefined;
  }

  #begin(): AbortController {
    const controller = new AbortController();
    this.#current = controller;
    return controller;
  }
}
