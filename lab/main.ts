/** `npm run lab -- up|down|status|drill NAME|cloud ... [--cloud openstack]`: a cloud region on this machine. */
import { Command } from "commander";
import { createProgress } from "../toolchain/progress.ts";
import { reportAndExit } from "../toolchain/userError.ts";
import { cloudCommand } from "./cloudCommand.ts";
import { connectToLab } from "./control/client.ts";
import { createProbeClient } from "./drills/client.ts";
import { drillNamed, drills } from "./drills/drill.ts";
import { rehearse } from "./drills/rehearse.ts";
import { describe, toRecord } from "./drills/report.ts";
import { nodeNames, subjectOf } from "./drills/subject.ts";
import { CLOUD_OPTION, LAB_OPTION, type LabChoice } from "./labOptions.ts";
import { labDown, labUp } from "./lifecycle.ts";
import { labFiles, labSettings } from "./settings/settings.ts";
import { forgetStack, openStack } from "./stack.ts";
import { describeStatus } from "./status.ts";

interface CommonOptions extends LabChoice {
  readonly json?: boolean;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const printJson = (value: unknown): void => {
  print(JSON.stringify(value, null, 2));
};

async function up({ lab, cloud, json }: CommonOptions): Promise<void> {
  const status = await labUp(labSettings(lab, cloud), createProgress({}));
  if (json === true) printJson(status);
  else print(describeStatus(status));
}

async function down({ lab, cloud, json, purge }: CommonOptions & { readonly purge?: boolean }): Promise<void> {
  const settings = labSettings(lab, cloud);
  const progress = createProgress({});
  await labDown(settings, progress, { purge: purge === true });
  if (purge === true) await forgetStack(settings, progress);
  if (json === true) printJson({ name: settings.name, down: true, purged: purge === true });
}

async function status({ lab, cloud, json }: CommonOptions): Promise<void> {
  const seen = await connectToLab(labFiles(labSettings(lab, cloud)).controlSocket).status();
  if (json === true) printJson(seen);
  else print(describeStatus(seen));
}

async function drill(name: string, options: CommonOptions & { readonly vip?: string }): Promise<void> {
  const chosen = drillNamed(name);
  const settings = labSettings(options.lab, options.cloud);
  const lab = connectToLab(labFiles(settings).controlSocket);
  const seen = await lab.status();
  const progress = createProgress({});
  const stack = await openStack(settings, progress);
  const outputs = await stack.outputs();
  const client = createProbeClient(seen.clientNamespace, nodeNames(outputs, seen));
  const result = await progress.step(`drill ${chosen.name}`, () =>
    rehearse(lab, client, subjectOf(outputs, options.vip), chosen),
  );
  if (options.json === true) printJson(toRecord(result));
  else print(`\n${describe(result, chosen.what)}`);
  if (result.to === undefined) process.exitCode = 2;
}

function commandLine(): Command {
  const program = new Command("lab").description("A cloud region on this machine, to rehearse failovers on.");
  const add = (signature: string, description: string): Command =>
    program
      .command(signature)
      .description(description)
      .addOption(LAB_OPTION)
      .addOption(CLOUD_OPTION)
      .option("--json", "print JSON for machines");
  add("up", "bring the lab up; needs root").action(up);
  add("down", "take the lab down; its disks and state stay, so that up brings the same region back")
    .option("--purge", "forget its disks, state, keys and stack too")
    .action(down);
  add("status", "show what the lab runs").action(status);
  add(
    "drill <name>",
    `inject a fault on the master and measure what a client sees: ${drills.map(({ name }) => name).join(", ")}`,
  )
    .option("--vip <name>", "which VIP (default: the first)")
    .action(drill);
  program.addCommand(cloudCommand(print));
  program.addHelpText(
    "after",
    `\nDrills:\n${drills.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join("\n")}\n\nExit codes: 0 done, 1 refused with a reason, 2 a drill in which nobody took over, 70 a bug in the lab.`,
  );
  return program;
}

await reportAndExit(async () => {
  await commandLine().parseAsync();
});
