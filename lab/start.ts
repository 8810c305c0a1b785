/**
 * `npm start`: the main job on one machine. Brings a lab up, runs `pulumi up` on stack local, shows the outputs, powers
 * the master off under a calling client, and says who took over, when and why. Leaves everything running.
 */
import { parseArgs } from "node:util";
import { createProgress, type Progress } from "../toolchain/progress.ts";
import { reportAndExit } from "../toolchain/userError.ts";
import type { LabStatus } from "./control/api.ts";
import { connectToLab } from "./control/client.ts";
import { createProbeClient } from "./drills/client.ts";
import { drillNamed } from "./drills/drill.ts";
import type { StackOutputs } from "./drills/outputs.ts";
import { rehearse } from "./drills/rehearse.ts";
import { describe, toRecord } from "./drills/report.ts";
import { nodeNames, subjectOf } from "./drills/subject.ts";
import { labUp, requireHostFor } from "./lifecycle.ts";
import { drawCluster } from "./picture.ts";
import { labFiles, labSettings } from "./settings.ts";
import { openStack, summaryOf } from "./stack.ts";

const NEXT = `The environment is running. What next:
  npm run lab -- status                              what the lab runs
  npm run lab -- drill stop-agent                    another drill; "npm run lab -- --help" lists them
  npm run pulumi -- stack output --stack local       the VIPs, as other stacks read them
  npm run pulumi -- preview --diff --stack local     after a change in stacks/Pulumi.local.yaml
  npm run lab -- down                                stop it all; "npm start" brings it back`;

async function bringUp(progress: Progress): Promise<{ status: LabStatus; outputs: StackOutputs; change: string }> {
  const settings = labSettings("local");
  const stack = await openStack(settings, progress);
  await labUp(settings, progress);
  await stack.ensureExists();
  const change = await progress.step("pulumi up --stack local", async (detail) =>
    summaryOf(await stack.pulumi(["up", "--yes", "--skip-preview"], detail)),
  );
  progress.note(`  ${change}`);
  const status = await connectToLab(labFiles(settings).controlSocket).status();
  return { status, outputs: await stack.outputs(), change };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  await requireHostFor(labSettings("local"));
  const progress = createProgress({});
  const say = (text: string): void => {
    if (!values.json) process.stdout.write(`${text}\n`);
  };
  const { status, outputs, change } = await bringUp(progress);
  say(`\n${drawCluster(outputs)}\n`);
  const lab = connectToLab(labFiles(labSettings("local")).controlSocket);
  const client = createProbeClient(status.clientNamespace, nodeNames(outputs, status));
  const drill = drillNamed("power-off");
  const result = await progress.step(`drill ${drill.name}: a client calls the VIP, its master loses power`, () =>
    rehearse(lab, client, subjectOf(outputs), drill),
  );
  say(`\n${describe(result, drill.what)}\n\n${NEXT}`);
  if (values.json)
    process.stdout.write(`${JSON.stringify({ up: change, outputs, drill: toRecord(result) }, null, 2)}\n`);
  if (result.to === undefined) process.exitCode = 2;
}

await reportAndExit(main);
