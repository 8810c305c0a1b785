/** A family of metrics: its name, its help, and where in the status its samples are. */
import type { AgentStatus } from "../operator/agentStatus.ts";
import type { VirtualRouterStatus } from "../virtualRouter/status.ts";

/** What the metrics are made of. */
export interface Measured {
  readonly status: AgentStatus;
  /** Of this process, in octets. */
  readonly residentBytes: number;
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly kind: "gauge" | "counter";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (measured: Measured) => readonly Sample[];
}

export const MS_PER_SECOND = 1_000;
export const ROUTER = ["virtual_router"] as const;
export function family(
  kind: MetricFamily["kind"],
  name: string,
  help: string,
  labels: readonly string[],
  samples: MetricFamily["samples"],
): MetricFamily {
  return { kind, name, help, labels, samples };
}

export function flag(value: boolean): number {
  return value ? 1 : 0;
}

/** One sample for each virtual router that has a value. */
export function ofVirtualRouters(
  { status }: Measured,
  value: (router: VirtualRouterStatus) => number | null,
): readonly Sample[] {
  return status.virtualRouters.flatMap((router) => {
    const its = value(router);
    return its === null ? [] : [{ labels: { virtual_router: router.name }, value: its }];
  });
}

/** One sample for each count of each virtual router. */
export function counted(
  { status }: Measured,
  label: string,
  counts: (router: VirtualRouterStatus) => Readonly<Record<string, number>>,
): readonly Sample[] {
  return status.virtualRouters.flatMap((router) =>
    Object.entries(counts(router)).map(([key, value]) => ({
      labels: { virtual_router: router.name, [label]: key },
      value,
    })),
  );
}
