/** Stack files from the repository, loaded as the engine would hand them over once their secrets are set. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { type CheckedConfig, loadConfig } from "../../infra/load.ts";
import { type ClusterPlan, planCluster } from "../../infra/plan/cluster.ts";
import { encryptedStack } from "./stacks/encryptedStack.ts";
import { KEY_PAIR, OTHER_KEY_PAIR, RELEASE, SEED, withValue } from "./stacks/exampleConfig.ts";

const stackFile = z.object({ config: z.record(z.string(), z.unknown()) });

const readText = (path: string): string => {
  if (path.endsWith("bastion_host_key.pub")) return OTHER_KEY_PAIR.publicKey;
  if (path.endsWith("host_key_seed")) return SEED;
  return path.endsWith(".pub") ? KEY_PAIR.publicKey : KEY_PAIR.privateKey;
};

/** Loads a file. @param secrets by their path below the namespace, as the file's comments tell the operator to set them */
export function loadYaml(path: string, stack: string, secrets: Readonly<Record<string, string>>): CheckedConfig {
  const { config } = stackFile.parse(parse(readFileSync(path, "utf8")));
  const complete = Object.entries(secrets).reduce<Readonly<Record<string, unknown>>>(
    (values, [key, value]) => withValue(`vip-failover:${key}`, value, values),
    config,
  );
  const ownKeys = Object.fromEntries(
    Object.entries(complete).flatMap(([key, value]) =>
      key.startsWith("vip-failover:") ? [[key.replace("vip-failover:", ""), value]] : [],
    ),
  );
  const values = Object.entries(complete).map(([key, value]): [string, string] => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return loadConfig({
    project: "vip-failover",
    stack,
    values: Object.fromEntries(values),
    ...encryptedStack(ownKeys),
    readText,
    readRelease: () => RELEASE,
  });
}

/** What is planned for a loaded configuration. */
export function planOf({ stack, prefix, ssh, secretTexts }: CheckedConfig): ClusterPlan {
  return planCluster(stack, prefix, ssh.hostKeySeed, secretTexts);
}
