// Where a stack's state and secrets live: the lab's own in this checkout, everyone else's wherever their owner keeps them.
import { randomBytes } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../userError.ts";

/** The stack of the lab on this machine. */
export const LAB_STACK = "local";

/** The lab's stacks, those that may be thrown away, with the folder below the state's that their lab has. */
export const LAB_FOLDERS: ReadonlyMap<string, string> = new Map([
  [LAB_STACK, "lab"],
  ["local-openstack", "lab-openstack"],
]);

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment must add for Pulumi to find a stack's backend; pure, so that it can be read as a table. */
export type Backend =
  | {
      /** State and passphrase in `.vipf/`: gone when that folder is. */
      readonly kind: "lab";
      readonly stateDirectory: string;
      /** Undefined when the caller brings a passphrase. */
      readonly passphraseFile: string | undefined;
    }
  | {
      /** PULUMI_BACKEND_URL, or where the user has logged in: whose credentials are in the user's own Pulumi home. */
      readonly kind: "own";
      readonly credentialsDirectory: string;
    };

/**
 * The backend of a stack. The lab's stacks are kept in `stateDir` unless PULUMI_BACKEND_URL says otherwise; another
 * stack describes something real, which must not depend on a folder that a `git clean` removes: it is the user's.
 */
export function chooseBackend(stack: string, env: Environment, stateDir: string): Backend {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  if (isSet("PULUMI_BACKEND_URL") || !LAB_FOLDERS.has(stack)) {
    const home = isSet("PULUMI_HOME") ? env["PULUMI_HOME"] : undefined;
    const credentials = isSet("PULUMI_CREDENTIALS_PATH") ? env["PULUMI_CREDENTIALS_PATH"] : undefined;
    return { kind: "own", credentialsDirectory: credentials ?? home ?? join(env["HOME"] ?? homedir(), ".pulumi") };
  }
  const brought = isSet("PULUMI_CONFIG_PASSPHRASE_FILE") || env["PULUMI_CONFIG_PASSPHRASE"] !== undefined;
  return {
    kind: "lab",
    stateDirectory: join(stateDir, "pulumi-state"),
    passphraseFile: brought ? undefined : join(stateDir, "pulumi-passphrase"),
  };
}

/**
 * Refuses a stack whose owner has not said where its state is kept.
 * @throws UserError
 */
export async function requireBackend(stack: string, backend: Backend, env: Environment): Promise<void> {
  if (backend.kind === "lab") return;
  if (["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"].some((name) => (env[name] ?? "") !== "")) return;
  const login = join(backend.credentialsDirectory, "credentials.json");
  if ((await stat(login).catch(() => undefined)) !== undefined) return;
  throw new UserError(
    `stack "${stack}" has no backend: the one in this checkout is for the lab's stacks alone, ${[...LAB_FOLDERS.keys()].join(" and ")}`,
    "set PULUMI_BACKEND_URL (s3://, gs://, azblob:// or file://), or PULUMI_ACCESS_TOKEN for Pulumi Cloud",
  );
}

/** Makes what the backend needs on disk and returns the variables that point Pulumi at it. */
export async function prepareBackend(backend: Backend): Promise<Record<string, string>> {
  if (backend.kind === "own") return { PULUMI_CREDENTIALS_PATH: backend.credentialsDirectory };
  const { stateDirectory, passphraseFile } = backend;
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const variables: Record<string, string> = { PULUMI_BACKEND_URL: `file://${stateDirectory}` };
  if (passphraseFile !== undefined) {
    await createPassphrase(passphraseFile);
    variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = passphraseFile;
  }
  return variables;
}

/** A random passphrase, once: readable by its owner alone, and never replaced, for the state is encrypted with it. */
async function createPassphrase(file: string): Promise<void> {
  if ((await stat(file).catch(() => undefined)) !== undefined) return;
  await writeFile(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" }).catch(
    (error: unknown) => {
      // Another process was faster: its passphrase is the one.
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    },
  );
}
