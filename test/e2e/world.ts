/** The stage of the end-to-end tests: the program on a lab of its own, beside any lab that `npm start` left running. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import type { LabControl } from "../../lab/control/api.ts";
import { connectToCloud, connectToLab } from "../../lab/control/client.ts";
import type { CloudControl } from "../../lab/control/cloudWords.ts";
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
  /** Faults of the cloud's APIs, and OVH's double. */
  readonly cloud: CloudControl;
  /** Changes the stack's configuration, e.g. `["nodes", "edge-2", "priority"]`, in this lab's own file, which git ignores. */
  configure(path: readonly (string | number)[], value: unknown): Promise<void>;
  /** Adds or changes a secret as an operator would. */
  configureSecret(path: string, value: string): Promise<void>;
}

/** What was made for this lab, and is in the environment of `pulumi`. */
type LabSecrets = Awaited<ReturnType<typeof ensureSecrets>>;

/** What is played on the stage: how its configuration differs from the local stack's. */
export interface Play {
  /** Changes the local stack's document, which has the ports and folder of this lab already. */
  readonly edit: (document: Document, lab: LabSecrets) => void;
  /** By their places in the configuration. */
  readonly secrets: Readonly<Record<string, string>>;
}

export async function openWorld({ edit, secrets }: Play): Promise<World> {
  await closeWorld();
  await labUp(SETTINGS, progress);
  const document = await configForLab(SETTINGS);
  edit(document, await ensureSecrets(SETTINGS));
  await writeFile(CONFIG_FILE, String(document));
  const stack = await openStack(SETTINGS, progress);
  await stack.ensureExists();
  const configureSecret: World["configureSecret"] = async (path, value) => {
    await stack.pulumi(["config", "set", "--secret", "--path", `vip-failover:${path}`, value]);
  };
  for (const [path, value] of Object.entries(secrets)) await configureSecret(path, value);
  return {
    settings: SETTINGS,
    lab: connectToLab(labFiles(SETTINGS).controlSocket),
    stack,
    cloud: connectToCloud(labFiles(SETTINGS).controlSocket),
    password: (await ensureSecrets(SETTINGS)).password,
    configure: async ([section, ...path], value) => {
      const document = parseDocument(await readFile(CONFIG_FILE, "utf8"));
      document.setIn(["config", `vip-failover:${section ?? ""}`, ...path], value);
      await writeFile(CONFIG_FILE, String(document));
    },
    configureSecret,
  };
}

/** Leaves nothing of it, however far it came. */
export async function closeWorld(): Promise<void> {
  await labDown(SETTINGS, progress, { purge: true });
  await forgetStack(SETTINGS, progress);
  await rm(CONFIG_FILE, { force: true });
}

/** The local stack's file with the ports and folder of another lab. */
async function configForLab(settings: LabSettings): Promise<Document> {
  const yaml = await readFile(join(CHECKOUT, "stacks", "Pulumi.local.yaml"), "utf8");
  return parseDocument(
    yaml
      .replaceAll(`:${LOCAL.apiPort}`, `:${settings.apiPort}`)
      .replaceAll(String(LOCAL.bastionPort), String(settings.bastionPort))
      .replaceAll(".vipf/lab/", ".vipf/lab-test/"),
  );
}
