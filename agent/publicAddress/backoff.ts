/** How long to leave an API alone that fails, by what failed and how often, and from when on it counts as lost. */
import type { Failure, FailureKind } from "../clouds/routeApi.ts";

/** Failures in a row. */
export interface ApiTrouble {
  readonly failures: number;
  readonly latest: Failure | undefined;
  /** When the first call began of those, in a row up to the latest, that found the API out of reach. */
  readonly outOfReachSinceMicros: number | undefined;
}

export const NO_TROUBLE: ApiTrouble = { failures: 0, latest: undefined, outOfReachSinceMicros: undefined };

/** An API that is out of reach for so long is lost. */
export const WITNESS_MICROS = 30_000_000;
/** No pause is longer, whatever the API says: an address is waiting. */
export const LONGEST_PAUSE_MICROS = 60_000_000;

/** The first pause, what each further one is longer by, and the longest. */
interface Pauses {
  readonly firstMicros: number;
  readonly factor: number;
  readonly mostMicros: number;
}

const PAUSES: Readonly<Record<Exclude<FailureKind, "aborted">, Pauses>> = {
  unreachable: { firstMicros: 500_000, factor: 2, mostMicros: 15_000_000 },
  broken: { firstMicros: 500_000, factor: 2, mostMicros: 15_000_000 },
  busy: { firstMicros: 5_000_000, factor: 2, mostMicros: 60_000_000 },
  // A new instance may be refused for minutes (terraform-provider-ovh retries for five).
  "not-ready": { firstMicros: 1_000_000, factor: 1.5, mostMicros: 10_000_000 },
  refused: { firstMicros: 5_000_000, factor: 2, mostMicros: 60_000_000 },
  missing: { firstMicros: 5_000_000, factor: 2, mostMicros: 60_000_000 },
};

/** So much of a pause is left to chance: nodes that failed together do not try again together. */
const JITTER = 0.25;

/** @param calledMicros when the call began that failed */
export function afterFailure(trouble: ApiTrouble, failure: Failure, calledMicros: number): ApiTrouble {
  return {
    failures: trouble.failures + 1,
    latest: failure,
    outOfReachSinceMicros: isOutOfReach(failure) ? (trouble.outOfReachSinceMicros ?? calledMicros) : undefined,
  };
}

/** When the API counts as lost unless it answers before; undefined: it is in reach. */
export function lostAtMicros({ outOfReachSinceMicros }: ApiTrouble): number | undefined {
  return outOfReachSinceMicros === undefined ? undefined : outOfReachSinceMicros + WITNESS_MICROS;
}

/** Whether another node might have more luck. An API that dictates a long pause is as lost as one that is silent. */
function isOutOfReach({ kind, retryAfterMicros = 0 }: Failure): boolean {
  return kind === "unreachable" || kind === "broken" || retryAfterMicros >= WITNESS_MICROS;
}

/**
 * At least the pause of this kind of failure, at most `LONGEST_PAUSE_MICROS`; in between, what the API dictates.
 * @param chance 0..1
 */
export function pauseMicros({ failures, latest }: ApiTrouble, chance: number): number {
  if (latest === undefined || latest.kind === "aborted") return 0;
  const { firstMicros, factor, mostMicros } = PAUSES[latest.kind];
  const pause = Math.min(mostMicros, firstMicros * factor ** (failures - 1)) * (1 - JITTER / 2 + JITTER * chance);
  const dictated = (latest.retryAfterMicros ?? 0) * (1 + JITTER * chance);
  return Math.round(Math.min(LONGEST_PAUSE_MICROS, Math.max(pause, dictated)));
}
