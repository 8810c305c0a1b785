/** A status as metrics, in Prometheus' text format: both protocols in the same words. What there is, is in metricFamilies.ts. */
import { Counter, Gauge, prometheusContentType, Registry } from "prom-client";
import { FAMILIES } from "./metricFamilies.ts";
import { type Measured } from "./metricFamily.ts";

/** The Content-Type of the text. */
export const METRICS_TYPE: string = prometheusContentType;

/** All metrics as one text. The same status gives the same text. */
export function metricsText(measured: Measured): Promise<string> {
  const registry = new Registry();
  for (const { kind, name, help, labels, samples } of FAMILIES) {
    const options = { name, help, labelNames: labels, registers: [registry] };
    const add = adderOf(kind, options);
    for (const { value, ...sample } of samples(measured)) add(sample.labels ?? {}, value);
  }
  return registry.metrics();
}

interface Options {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registers: Registry[];
}

/** A metric of the registry, as what takes its samples. */
function adderOf(kind: "gauge" | "counter", options: Options): (labels: Record<string, string>, value: number) => void {
  switch (kind) {
    case "gauge": {
      const gauge = new Gauge(options);
      return (labels, value) => {
        gauge.set(labels, value);
      };
    }
    case "counter": {
      const counter = new Counter(options);
      return (labels, value) => {
        counter.inc(labels, value);
      };
    }
  }
}
