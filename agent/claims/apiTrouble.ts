/** How long to leave an API alone that fails, by what failed and how often. Never for ever: an address is waiting. */
import type { Failure, FailureKind } from "./route.ts";

/** Failures in a row. */
export interface ApiTrouble {
  readonly failures: number;
  readonly sinceMicros: number;
  readonly latest: Failure | undefined;
}

export const NO_TROUBLE: ApiTrouble = { failures: 0, sinceMicros: 0, latest: undefined };

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

export function afterFailure(trouble: ApiTrouble, failure: Failure, nowMicros: number): ApiTrouble {
  const { failures, sinceMicros } = trouble;
  return { failures: failures + 1, sinceMicros: failures === 0 ? nowMicros : sinceMicros, latest: failure };
}

/** @param chance 0..1 */
export function pauseMicros({ failures, latest }: ApiTrouble, chance: number): number {
  if (latest === undefined || latest.kind === "aborted") return 0;
  const { firstMicros, factor, mostMicros } = PAUSES[latest.kind];
  const pause = Math.min(mostMicros, firstMicros * factor ** (failures - 1));
  return Math.round(Math.max(latest.retryAfterMicros ?? 0, pause) * (1 - JITTER / 2 + JITTER * chance));
}
