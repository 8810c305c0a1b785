/** A model of a cloud's API for one public address: moves take their time, and everything fails that can, on demand. */
import type { Failure, FailureKind, Route } from "../../../agent/clouds/routeApi.ts";
import type { Agenda } from "../machine/agenda.ts";
import type { Random } from "../machine/random.ts";

/** How the API ails for a while. */
export type Ailment =
  /** Answers take long. */
  | "slow"
  /** No connection, or none that lasts: half of the moves are done all the same. */
  | "unreachable"
  /** 5xx: half of the moves are done all the same. */
  | "broken"
  /** 429. */
  | "busy"
  /** 503 or 429, and whoever asks is told to come back after anything from a second to the end of time. */
  | "dictating"
  /** The token or key is not good any more. */
  | "refused"
  /** What is read may be of before the last change. */
  | "stale"
  /** Moves begin and never end. */
  | "stuck";

export const AILMENTS: readonly Ailment[] = [
  "slow",
  "unreachable",
  "broken",
  "busy",
  "refused",
  "stale",
  "stuck",
  "dictating",
];

export type Answer = { readonly ok: true; readonly route: Route } | { readonly ok: false; readonly failure: Failure };

/** A call that was made. */
export interface ApiCall {
  readonly abort: () => void;
}

interface Move {
  readonly to: string;
  readonly number: number;
}

const SECOND = 1_000_000;
/** What the agent's clients wait for an answer at most. */
const CALL_DEADLINE_MICROS = 10 * SECOND;
const SLOWEST_MOVE_MICROS = 20 * SECOND;
/** What is read of before a change, at most so long after it. */
const STALE_MICROS = 8 * SECOND;

export class Cloud {
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #ailments = new Map<Ailment, number>();
  /** Where it leads, and where it led before. */
  routedTo: string | null = null;
  #before: string | null = null;
  #changedMicros = 0;
  #move: Move | undefined;
  #moves = 0;

  constructor(agenda: Agenda, random: Random) {
    this.#agenda = agenda;
    this.#random = random;
  }

  get isWell(): boolean {
    return this.#ailments.size === 0;
  }

  /** @returns what heals it */
  ail(ailment: Ailment): () => void {
    this.#ailments.set(ailment, (this.#ailments.get(ailment) ?? 0) + 1);
    return () => {
      const left = (this.#ailments.get(ailment) ?? 0) - 1;
      if (left > 0) this.#ailments.set(ailment, left);
      else this.#ailments.delete(ailment);
    };
  }

  read(take: (answer: Answer) => void): ApiCall {
    return this.#call(take, () => this.#seen());
  }

  /** Leads the address to an instance. */
  move(to: string, take: (answer: Answer) => void): ApiCall {
    return this.#call(take, () => this.#begin(to));
  }

  #call(take: (answer: Answer) => void, serve: () => Answer): ApiCall {
    let isOver = false;
    const end = (answer: Answer): void => {
      if (isOver) return;
      isOver = true;
      take(answer);
    };
    const failing = this.#failure();
    const micros = 20_000 + this.#random.below(this.#ailments.has("slow") ? 12 * SECOND : 300_000);
    this.#agenda.in(Math.min(micros, CALL_DEADLINE_MICROS), () => {
      if (isOver && failing === undefined && micros > CALL_DEADLINE_MICROS / 2) return;
      // What fails may have been done, and so may what nobody waits for any more.
      const isDone = failing === undefined || (MAY_BE_DONE.includes(failing.kind) && this.#random.chance(0.5));
      const answer = isDone ? serve() : undefined;
      if (micros > CALL_DEADLINE_MICROS) end(failed("unreachable"));
      else
        end(
          answer === undefined || failing !== undefined ? { ok: false, failure: failing ?? failure("broken") } : answer,
        );
    });
    return {
      abort: () => {
        end(failed("aborted"));
      },
    };
  }

  #failure(): Failure | undefined {
    const failing = FAILURES.filter((kind) => this.#ailments.has(kind));
    if (failing.length === 0 || !this.#random.chance(0.9)) return undefined;
    const kind = this.#random.pick(failing);
    if (kind !== "dictating") return failure(kind);
    const retryAfterMicros = this.#random.pick(DICTATED_MICROS);
    return { ...failure(this.#random.pick(["broken", "busy"])), retryAfterMicros };
  }

  #seen(): Answer {
    const isStale = this.#ailments.has("stale") && this.#agenda.nowMicros - this.#changedMicros < STALE_MICROS;
    const to = isStale ? this.#before : this.routedTo;
    return { ok: true, route: { to, settled: isStale || this.#move === undefined } };
  }

  #begin(to: string): Answer {
    if (this.#move !== undefined && !this.#ailments.has("stuck") && this.#random.chance(0.5))
      return failed("not-ready");
    if (to === this.routedTo && this.#move === undefined) return this.#seen();
    const number = ++this.#moves;
    this.#move = { to, number };
    if (!this.#ailments.has("stuck")) {
      this.#agenda.in(200_000 + this.#random.below(SLOWEST_MOVE_MICROS), () => {
        if (this.#move?.number === number) this.#arrive(to);
      });
    }
    return { ok: true, route: { to: this.routedTo, settled: false } };
  }

  #arrive(to: string): void {
    this.#before = this.routedTo;
    this.routedTo = to;
    this.#changedMicros = this.#agenda.nowMicros;
    this.#move = undefined;
  }
}

const FAILURES = ["unreachable", "broken", "busy", "refused", "dictating"] as const satisfies readonly Ailment[];
const DICTATED_MICROS = [SECOND, 20 * SECOND, 120 * SECOND, 3_600 * SECOND, 2 ** 31 * 1_000, Number.MAX_SAFE_INTEGER];
const MAY_BE_DONE: readonly FailureKind[] = ["unreachable", "broken"];

function failure(kind: FailureKind): Failure {
  return { kind, message: `the API is ${kind}` };
}

function failed(kind: FailureKind): Answer {
  return { ok: false, failure: failure(kind) };
}
