/** The flood bench as a table. */
import { table } from "../../lab/table.ts";
import { FLOOD, type FloodResult } from "./flood.ts";

export function floodText(results: readonly FloodResult[]): string {
  const head = ["DAEMON", "PACKETS/S", "PROCESSOR % BEFORE", "PROCESSOR % BESIDE", "FALSE ADVERTS", "LOST ANSWERS"];
  const rows = results.map((result) => [
    result.name,
    result.packetsPerSecond.toFixed(0),
    result.idleProcessor.toFixed(1),
    result.processor.toFixed(1),
    String(result.falseAdvertisements),
    String(result.lost),
  ]);
  const title = `a stranger sends ${FLOOD.packetsPerSecond} advertisements of priority 255 a second to the master`;
  return `${title}\n${table([head, ...rows])}`;
}
