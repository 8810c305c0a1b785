/** `npm run bench -- drills`: every drill several times on the running lab, or on both clouds' in turn; medians and worst, as the client saw them. */
import type { LabControl } from "../../lab/control/api.ts";
import { connectToLab, isLabUp } from "../../lab/control/client.ts";
import { createProbeClient, type ProbeClient } from "../../lab/drills/client.ts";
import type { Drill } from "../../lab/drills/drill.ts";
import type { StackOutputs } from "../../lab/drills/outputs.ts";
import { rehearse } from "../../lab/drills/rehearse.ts";
import { type DrillRecord, toRecord } from "../../lab/drills/report.ts";
import { nodeNames, subjectOf } from "../../lab/drills/subject.ts";
import { type CloudKind, cloudKinds, labFiles, labSettings } from "../../lab/settings/settings.ts";
import { openStack } from "../../lab/stack.ts";
import type { Progress } from "../../toolchain/progress.ts";

export const DEFAULT_DRILLS = ["power-off", "stop-agent", "kill-agent", "link-down", "blackhole"];

/** A lab that runs, with a stack on it. */
interface Stage {
  readonly cloud: CloudKind;
  readonly lab: LabControl;
  readonly client: ProbeClient;
  readonly outputs: StackOutputs;
}

/** Rehearses each drill so often on the lab that runs; where labs on both clouds do, on either in turn, and their records name the cloud. */
export async function rehearseDrills(
  drills: readonly Drill[],
  runs: number,
  progress: Progress,
): Promise<readonly DrillRecord[]> {
  const stages = await stagesThatRun(progress);
  const records: DrillRecord[] = [];
  for (let run = 1; run <= runs; run += 1) {
    for (const drill of drills) {
      for (const { cloud, lab, client, outputs } of stages) {
        const name = stages.length === 1 ? drill.name : `${drill.name}, ${cloud}`;
        const rehearsed = (): Promise<DrillRecord> => rehearse(lab, client, subjectOf(outputs), drill).then(toRecord);
        records.push({ ...(await progress.step(`run ${run} of ${runs}: ${name}`, rehearsed)), drill: name });
      }
    }
  }
  return records;
}

/** @throws UserError when no lab is up, or one has no stack */
async function stagesThatRun(progress: Progress): Promise<readonly Stage[]> {
  const candidates = cloudKinds.map((cloud) => labSettings("local", cloud));
  const up = await Promise.all(candidates.map((settings) => isLabUp(labFiles(settings).controlSocket)));
  const running = candidates.filter((_, index) => up[index] === true);
  const stages: Stage[] = [];
  for (const settings of running.length > 0 ? running : [labSettings("local")]) {
    const lab = connectToLab(labFiles(settings).controlSocket);
    const status = await lab.status();
    const outputs = await (await openStack(settings, progress)).outputs();
    const client = createProbeClient(status.clientNamespace, nodeNames(outputs, status));
    stages.push({ cloud: settings.cloud, lab, client, outputs });
  }
  return stages;
}
