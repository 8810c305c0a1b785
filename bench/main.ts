/** `npm run bench`: every drill several times on the running lab; medians and worst, as the client saw them. */
import { parseArgs } from "node:util";
import { connectToLab } from "../lab/control/client.ts";
import { createProbeClient } from "../lab/drills/client.ts";
import { type Drill, drillNamed } from "../lab/drills/drill.ts";
import { rehearse } from "../lab/drills/rehearse.ts";
import { type DrillRecord, toRecord } from "../lab/drills/report.ts";
import { nodeNames, subjectOf } from "../lab/drills/subject.ts";
import { labFiles, labSettings } from "../lab/settings.ts";
import { openStack } from "../lab/stack.ts";
import { createProgress } from "../toolchain/progress.ts";
import { reportAndExit, UserError } from "../toolchain/userError.ts";
import { summarise } from "./summary.ts";

const DEFAULT_DRILLS = ["power-off", "stop-agent", "kill-agent", "link-down", "blackhole"];

function readArguments(): { drills: readonly Drill[]; runs: number; json: boolean } {
  const { values, positionals } = parseArgs({
    options: { runs: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new UserError(`--runs ${values.runs} is no whole number above 0`, "use e.g. --runs 10");
  const names = positionals.length > 0 ? positionals : DEFAULT_DRILLS;
  return { drills: names.map(drillNamed), runs, json: values.json };
}

async function main(): Promise<void> {
  const { drills, runs, json } = readArguments();
  const settings = labSettings("local");
  const lab = connectToLab(labFiles(settings).controlSocket);
  const status = await lab.status();
  const progress = createProgress({});
  const outputs = await (await openStack(settings, progress)).outputs();
  const client = createProbeClient(status.clientNamespace, nodeNames(outputs, status));
  const records: DrillRecord[] = [];
  for (let run = 1; run <= runs; run += 1) {
    for (const drill of drills) {
      const record = await progress.step(`run ${run} of ${runs}: ${drill.name}`, async () =>
        toRecord(await rehearse(lab, client, subjectOf(outputs), drill)),
      );
      records.push(record);
    }
  }
  process.stdout.write(json ? `${JSON.stringify(records, null, 2)}\n` : `\n${summarise(records)}\n`);
}

await reportAndExit(main);
