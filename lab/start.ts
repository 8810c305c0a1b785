/**
 * `npm start [-- --cloud openstack]`: the main job on one machine. Brings a lab up, runs `pulumi up` on its stack, shows the outputs, powers
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
import { cloudKindNamed, type LabSettings, labFiles, labSettings } from "./settings/settings.ts";
import { openStack, summaryOf } from "./stack.ts";
import { table } from "./table.ts";

function whatNext({ stack, cloud }: LabSettings): string {
  const option = cloud === "doubles" ? "" : ` --cloud ${cloud}`;
  const commands = [
    [`npm run lab -- status${option}`, "what the lab runs"],
    [`npm run lab -- drill stop-agent${option}`, 'another drill; "npm run lab -- --help" lists them'],
    [`npm run pulumi -- stack output --stack ${stack}`, "the VIPs, as other stacks read them"],
    [`npm run pulumi -- preview --diff --stack ${stack}`, `after a change in stacks/Pulumi.${stack}.yaml`],
    [`npm run lab -- down${option}`, `stop it all; "npm start${option === "" ? "" : ` --${option}`}" brings it back`],
  ];
  return `The environment is running. What next:\n${table(commands.map((row) => row.map((cell) => `  ${cell}`)))}`;
}

async function bringUp(
  settings: LabSettings,
  progress: Progress,
): Promise<{ status: LabStatus; outputs: StackOutputs; change: string }> {
  const stack = await openStack(settings, progress);
  await labUp(settings, progress);
  await stack.ensureExists();
  const change = await progress.step(`pulumi up --stack ${settings.stack}`, async (detail) =>
    summaryOf(await stack.pulumi(["up", "--yes", "--skip-preview"], detail)),
  );
  progress.note(`  ${change}`);
  const status = await connectToLab(labFiles(settings).controlSocket).status();
  return { status, outputs: await stack.outputs(), change };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: "boolean", default: false }, cloud: { type: "string", default: "doubles" } },
  });
  const settings = labSettings("local", cloudKindNamed(values.cloud));
  await requireHostFor(settings);
  const progress = createProgress({});
  const say = (text: string): void => {
    if (!values.json) process.stdout.write(`${text}\n`);
  };
  const { status, outputs, change } = await bringUp(settings, progress);
  say(`\n${drawCluster(outputs)}\n`);
  const lab = connectToLab(labFiles(settings).controlSocket);
  const client = createProbeClient(status.clientNamespace, nodeNames(outputs, status));
  const drill = drillNamed("power-off");
  const result = await progress.step(`drill ${drill.name}: a client calls the VIP, its master loses power`, () =>
    rehearse(lab, client, subjectOf(outputs), drill),
  );
  say(`\n${describe(result, drill.what)}\n\n${whatNext(settings)}`);
  if (values.json)
    process.stdout.write(`${JSON.stringify({ up: change, outputs, drill: toRecord(result) }, null, 2)}\n`);
  if (result.to === undefined) process.exitCode = 2;
}

await reportAndExit(main);
