/** The configuration's real source: Pulumi, the checkout, the operator's files. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { z } from "zod";
import type { ConfigSource } from "./load.ts";
import { readRelease } from "./stackFile/release.ts";

/** Set by every language host beside the configuration itself; the SDK reads it for its warnings only. */
const SECRET_KEYS_VARIABLE = "PULUMI_CONFIG_SECRET_KEYS";

/**
 * The configuration of the stack that runs, from the map itself instead of `pulumi.Config`: every key must be seen to
 * refuse the ones that are not known, and every value at once, before the first resource.
 * @param checkout folder of the project; relative paths in the configuration start there
 */
export function pulumiSource(checkout: string): ConfigSource {
  return {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    values: pulumi.runtime.allConfig(),
    environment: process.env,
    secretKeys: secretKeys(process.env[SECRET_KEYS_VARIABLE]),
    stackFile: stackFile(checkout, pulumi.getStack()),
    readText: (path) => readFileSync(operatorsPath(checkout, path), "utf8"),
    readRelease: () => readRelease(checkout),
  };
}

/** `~/.ssh/id_ed25519` is under the operator's home, `.vipf/...` under the checkout. */
function operatorsPath(checkout: string, path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(checkout, path);
}

function secretKeys(variable: string | undefined): readonly string[] | undefined {
  return variable === undefined ? undefined : z.array(z.string()).parse(JSON.parse(variable));
}

/** As far as it says where stacks' files are; `config` was the key's name once. */
const project = z.object({ stackConfigDir: z.string().optional(), config: z.string().optional().catch(undefined) });

/**
 * The stack's file, where Pulumi looks for it unless it is told otherwise (sdk/go/common/workspace, DetectProjectStackPath).
 * The engine does not tell the program whether it was: what the file says is laid beside what the engine handed over.
 */
function stackFile(checkout: string, stack: string): string | undefined {
  try {
    const { stackConfigDir, config = "" } = project.parse(parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8")));
    return readFileSync(join(checkout, stackConfigDir ?? config, `Pulumi.${stack}.yaml`), "utf8");
  } catch {
    return undefined;
  }
}
