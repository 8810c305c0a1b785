/** The stage of the end-to-end tests: the program on a lab of its own, beside any lab that `npm start` left running. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type Document, parseDocument } from "yaml";
import type { LabControl } from "../../../lab/control/api.ts";
import { connectToCloud, connectToLab } from "../../../lab/control/client.ts";
import type { CloudControl } from "../../../lab/control/cloudWords.ts";
import { labDown, labUp } from "../../../lab/lifecycle.ts";
import { ensureSecrets } from "../../../lab/settings/keys.ts";
import { type LabSettings, labFiles, labSettings } from "../../../lab/settings/settings.ts";
import { forgetStack, openStack, type Stack } from "../../../lab/stack.ts";
import { CHECKOUT } from "../../../toolchain/places.ts";
import { createProgress } from "../../../toolchain/progress.ts";

const LOCAL = labSettings("local");
const progress = createProgress({});

/** The configuration of a lab's stack. */
const configFile = ({ stack }: LabSettings): string => join(CHECKOUT, "stacks", `Pulumi.${stack}.yaml`);

/** The lab of the tests and the stack on it. */
export interface World {
  readonly settings: LabSettings;
  readonly lab: LabControl;
  readonly stack: Stack;
  /** Of the lab's cloud account: a planted secret. */
  readonly password: string;
  /** Faults of the cloud's APIs, and OVH's double. */
  readonly cloud: CloudControl;
  /** Changes the stack's configuration, e.g. `["nodes", "edge-2", "priority"]`, in this lab's own file, which git ignores; undefined takes it out. */
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

/** Brings a lab up, as if there had never been one, and makes its stack ready for `pulumi up`. */
export async function openWorld(settings: LabSettings, { edit, secrets }: Play): Promise<World> {
  await closeWorld(settings);
  await labUp(settings, progress);
  const made = await ensureSecrets(settings);
  const document = await configForLab(settings);
  edit(document, made);
  await writeFile(configFile(settings), String(document));
  const stack = await openStack(settings, progress);
  await stack.ensureExists();
  const configureSecret: World["configureSecret"] = async (path, value) => {
    await stack.pulumi(["config", "set", "--secret", "--path", `vip-failover:${path}`, value]);
  };
  for (const [path, value] of Object.entries(secrets)) await configureSecret(path, value);
  return {
    settings,
    lab: connectToLab(labFiles(settings).controlSocket),
    stack,
    cloud: connectToCloud(labFiles(settings).controlSocket),
    password: made.password,
    configure: async ([section, ...path], value) => {
      const changed = parseDocument(await readFile(configFile(settings), "utf8"));
      const place = ["config", `vip-failover:${section ?? ""}`, ...path];
      if (value === undefined) changed.deleteIn(place);
      else changed.setIn(place, value);
      await writeFile(configFile(settings), String(changed));
    },
    configureSecret,
  };
}

/** Leaves nothing of it, however far it came. */
export async function closeWorld(settings: LabSettings): Promise<void> {
  await labDown(settings, progress, { purge: true });
  await forgetStack(settings, progress);
  await rm(configFile(settings), { force: true });
}

/** The local stack's file with the ports and folder of another lab. */
async function configForLab(settings: LabSettings): Promise<Document> {
  const yaml = await readFile(join(CHECKOUT, "stacks", "Pulumi.local.yaml"), "utf8");
  return parseDocument(
    yaml
      .replaceAll(`:${LOCAL.apiPort}`, `:${settings.apiPort}`)
      .replaceAll(String(LOCAL.bastionPort), String(settings.bastionPort))
      .replaceAll(`${relative(CHECKOUT, LOCAL.directory)}/`, `${relative(CHECKOUT, settings.directory)}/`),
  );
}
