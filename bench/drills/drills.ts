/** `npm run bench -- drills`: every drill several times on the running lab; medians and worst, as the client saw them. */
import { connectToLab } from "../../lab/control/client.ts";
import { createProbeClient } from "../../lab/drills/client.ts";
import type { Drill } from "../../lab/drills/drill.ts";
import { rehearse } from "../../lab/drills/rehearse.ts";
import { type DrillRecord, toRecord } from "../../lab/drills/report.ts";
import { nodeNames, subjectOf } from "../../lab/drills/subject.ts";
import { labFiles, labSettings } from "../../lab/settings.ts";
import { openStack } from "../../lab/stack.ts";
import type { Progress } from "../../toolchain/progress.ts";

export const DEFAULT_DRILLS = ["power-off", "stop-agent", "kill-agent", "link-down", "blackhole"];

/** Rehearses each drill so often on the lab that runs. */
export async function rehearseDrills(
  drills: readonly Drill[],
  runs: number,
  progress: Progress,
): Promise<readonly DrillRecord[]> {
  const settings = labSettings("local");
  const lab = connectToLab(labFiles(settings).controlSocket);
  const status = await lab.status();
  const outputs = await (await openStack(settings, progress)).outputs();
  const client = createProbeClient(status.clientNamespace, nodeNames(outputs, status));
  const records: DrillRecord[] = [];
  for (let run = 1; run <= runs; run += 1) {
    for (const drill of drills) {
      const title = `run ${run} of ${runs}: ${drill.name}`;
      const rehearsed = (): Promise<DrillRecord> => rehearse(lab, client, subjectOf(outputs), drill).then(toRecord);
      records.push(await progress.step(title, rehearsed));
    }
  }
  return records;
}
