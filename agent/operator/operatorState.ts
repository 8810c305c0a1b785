/** What an operator told this node: values, and how they look on disk. */
import * as z from "zod";
import type { HoldReason } from "../election/election.ts";

export interface OperatorState {
  /** Taken out of service until it is put back. */
  readonly drained: boolean;
  /** Taken out of service until a time, ISO 8601 in UTC; undefined: it is not. */
  readonly maintenance: { readonly until: string } | undefined;
  /** Names of virtual routers that were handed over: this node preempts nobody for them, after a restart neither. */
  readonly handedOver: readonly string[];
}

/** Nobody said anything. */
export const UNTOUCHED: OperatorState = { drained: false, maintenance: undefined, handedOver: [] };

/** Why this node may not be master, by its operator's word; undefined when it may. Maintenance weighs more: it ends by itself. */
export function holdOf({ drained, maintenance }: OperatorState, nowMs: number): HoldReason | undefined {
  if (maintenance !== undefined && Date.parse(maintenance.until) > nowMs) return "maintenance";
  return drained ? "drained" : undefined;
}

/** The same state once time has passed: a maintenance that is over is none. */
export function expired(state: OperatorState, nowMs: number): OperatorState {
  const isOver = state.maintenance !== undefined && Date.parse(state.maintenance.until) <= nowMs;
  return isOver ? { ...state, maintenance: undefined } : state;
}

const written = z.object({
  version: z.literal(1),
  drained: z.boolean(),
  maintenance: z.object({ until: z.iso.datetime() }).nullable(),
  handedOver: z.array(z.string().max(64)).max(255),
});

/** As one line of JSON. */
export function encodeOperatorState({ drained, maintenance, handedOver }: OperatorState): string {
  const document: z.infer<typeof written> = {
    version: 1,
    drained,
    maintenance: maintenance ?? null,
    handedOver: [...handedOver],
  };
  return `${JSON.stringify(document)}\n`;
}

/** @returns undefined when the text is not what `encodeOperatorState` writes. */
export function decodeOperatorState(text: string): OperatorState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = written.safeParse(value);
  if (!parsed.success) return undefined;
  const { drained, maintenance, handedOver } = parsed.data;
  return { drained, maintenance: maintenance ?? undefined, handedOver };
}

/** What an operator told this node. */
export interface OperatorStatus {
  readonly drained: boolean;
  /** Until when, ISO 8601 in UTC; null: it is not. */
  readonly maintenance: { readonly until: string } | null;
  /** Names of virtual routers that were handed over, and preempt nobody. */
  readonly handedOver: readonly string[];
  /** Whether all this is on disk, so that it outlives a restart. */
  readonly isKept: boolean;
}
