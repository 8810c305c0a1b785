/** A family of metrics: its name, its help, and where in the status its samples are. */
import type { AgentStatus } from "../operator/agentStatus.ts";

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
