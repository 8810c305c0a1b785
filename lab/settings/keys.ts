/**
 * The secrets of a lab, made once and kept: the operator's SSH key, the seed of its stack's keys, and the credentials of
 * its cloud accounts.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isWhole, isWholePrivate, newSshKeyPair } from "../../toolchain/sshKeyPair.ts";
import type { OvhOperator } from "../cloud/ovh/context/definition.ts";
import { type LabSettings, labFiles, ovhEndpoint } from "./settings.ts";

/** The lab's passphrase is public, like its salt in stacks/Pulumi.local.yaml: it guards nothing but this lab's own keys. */
const PASSPHRASE = "lab";

const environmentFile = z.record(z.string(), z.string());

/** What a lab's daemon and its users share. */
export interface LabSecrets {
  readonly password: string;
  readonly projectId: string;
  readonly ovh: OvhOperator;
  readonly sshPublicKey: string;
  /** Variables that `pulumi` needs to speak to this lab. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Reads the secrets of a lab, making what is missing. Private files are 0600 in a folder of 0700. */
export async function ensureSecrets(settings: LabSettings): Promise<LabSecrets> {
  const files = labFiles(settings);
  await mkdir(dirname(files.sshPrivateKey), { recursive: true });
  await chmod(settings.directory, 0o700);
  await ensureSeed(files.hostKeySeed, files.sshPrivateKey);
  const sshPublicKey = await ensureKeyPair(files.sshPrivateKey, files.sshPublicKey, settings.name);
  const environment = await ensureEnvironment(files.environment, settings);
  const secret = (name: string): string => environment[name] ?? "";
  return {
    password: secret("OS_PASSWORD"),
    projectId: secret("OVH_CLOUD_PROJECT_SERVICE"),
    ovh: {
      applicationKey: secret("OVH_APPLICATION_KEY"),
      applicationSecret: secret("OVH_APPLICATION_SECRET"),
      consumerKey: secret("OVH_CONSUMER_KEY"),
    },
    sshPublicKey,
    environment,
  };
}

/**
 * A lab from before there were seeds had its operator's key as one: its nodes keep their host keys. One that crashed
 * while it began may have left an empty file or a part of a key, and has no nodes.
 */
async function ensureSeed(path: string, privatePath: string): Promise<void> {
  const there = (await readIfThere(path)) ?? "";
  if (there.trim() !== "") return;
  const key = (await readIfThere(privatePath)) ?? "";
  const seed = isWholePrivate(key) ? key : `${randomBytes(32).toString("base64")}\n`;
  await writeWhole(path, seed);
}

/** A private file that is there with all its text or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  await writeFile(beside, text, { mode: 0o600, flush: true });
  await rename(beside, path);
}

async function ensureKeyPair(privatePath: string, publicPath: string, comment: string): Promise<string> {
  const existing = await readIfThere(publicPath);
  const isKept = existing !== undefined && isWhole(existing) && isWholePrivate((await readIfThere(privatePath)) ?? "");
  if (isKept) return existing.trim();
  const pair = newSshKeyPair({ comment });
  await writeWhole(privatePath, pair.private);
  await writeFile(publicPath, `${pair.public}\n`);
  return pair.public;
}

/** The file's variables, with those that it lacks added: an older lab knew fewer. */
async function ensureEnvironment(path: string, settings: LabSettings): Promise<Record<string, string>> {
  const text = await readIfThere(path);
  const kept = text === undefined ? {} : environmentFile.parse(JSON.parse(text));
  const hex = (bytes: number): string => randomBytes(bytes).toString("hex");
  const environment: Record<string, string> = {
    OS_PASSWORD: randomBytes(24).toString("base64url"),
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    OVH_APPLICATION_KEY: hex(8),
    OVH_APPLICATION_SECRET: hex(16),
    OVH_CONSUMER_KEY: hex(16),
    OVH_CLOUD_PROJECT_SERVICE: hex(16),
    ...kept,
    OVH_ENDPOINT: ovhEndpoint(settings.apiPort),
  };
  const written = `${JSON.stringify(environment, null, 2)}\n`;
  if (written !== text) await writeFile(path, written, { mode: 0o600 });
  return environment;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
