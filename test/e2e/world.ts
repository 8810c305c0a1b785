/** The stage of the end-to-end tests: the program on a lab of its own, beside any lab that `npm start` left running. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabControl } from "../../lab/control/api.ts";
import { connectToLab } from "../../lab/control/client.ts";
import { createProbeClient, type ProbeClient } from "../../lab/drills/client.ts";
import type { StackOutputs } from "../../lab/drills/outputs.ts";
import type { Subject } from "../../lab/drills/rehearse.ts";
import { nodeNames, subjectOf } from "../../lab/drills/subject.ts";
import { ensureSecrets } from "../../lab/keys.ts";
import { labDown, labUp } from "../../lab/lifecycle.ts";
import { type LabSettings, labFiles, labSettings } from "../../lab/settings.ts";
import { forgetStack, openStack, type Stack } from "../../lab/stack.ts";
import { CHECKOUT } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";

const LOCAL = labSettings("local");
const SETTINGS = labSettings("test");
const CONFIG_FILE = join(CHECKOUT, "stacks", `Pulumi.${SETTINGS.stack}.yaml`);
const progress = createProgress({});

/** The lab of the tests and the stack on it. */
export interface World {
  readonly settings: LabSettings;
  readonly lab: LabControl;
  readonly stack: Stack;
  /** Of the lab's cloud account: a planted secret. */
  readonly password: string;
  /** Rewrites the stack's configuration, a copy of stacks/Pulumi.local.yaml for this lab that git ignores. */
  editConfig(edit: (yaml: string) => string): Promise<void>;
}

/** What drills need, once `up` has run. */
export interface Stage {
  readonly outputs: StackOutputs;
  readonly subject: Subject;
  readonly client: ProbeClient;
}

export async function openWorld(): Promise<World> {
  await closeWorld();
  await labUp(SETTINGS, progress);
  await writeFile(CONFIG_FILE, await configForLab(SETTINGS));
  const stack = await openStack(SETTINGS, progress);
  await stack.ensureExists();
  return {
    settings: SETTINGS,
    lab: connectToLab(labFiles(SETTINGS).controlSocket),
    stack,
    password: (await ensureSecrets(SETTINGS)).password,
    editConfig: async (edit) => {
      const before = await readFile(CONFIG_FILE, "utf8");
      const after = edit(before);
      if (after === before) throw new Error("the edit changed nothing in the configuration");
      await writeFile(CONFIG_FILE, after);
    },
  };
}

/** Leaves nothing of it, however far it came. */
export async function closeWorld(): Promise<void> {
  await labDown(SETTINGS, progress, { purge: true });
  await forgetStack(SETTINGS, progress);
  await rm(CONFIG_FILE, { force: true });
}

export async function openStage(world: World): Promise<Stage> {
  const outputs = await world.stack.outputs();
  const status = await world.lab.status();
  return {
    outputs,
    subject: subjectOf(outputs),
    client: createProbeClient(status.clientNamespace, nodeNames(outputs, status)),
  };
}

/** The local stack's file with the ports and folder of another lab. */
async function configForLab(settings: LabSettings): Promise<string> {
  const yaml = await readFile(join(CHECKOUT, "stacks", "Pulumi.local.yaml"), "utf8");
  return yaml
    .replaceAll(`:${LOCAL.apiPort}`, `:${settings.apiPort}`)
    .replaceAll(String(LOCAL.bastionPort), String(settings.bastionPort))
    .replaceAll(".vipf/lab/", ".vipf/lab-test/");
}
