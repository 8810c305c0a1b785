/** Passwords that services of one OpenStack have for each other: made once, kept in a file that only root can read. */
import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";

/** What must not be seen in arguments, logs or by other users. */
export interface Secrets {
  /** Of Keystone's user `admin`. */
  readonly admin: string;
  /** Of the users that services are in Keystone. */
  readonly service: string;
  /** Of the message queue's user. */
  readonly queue: string;
}

/** Letters and digits alone, so that it needs no quoting in a URL or an ini file. */
const newSecret = (): string => randomBytes(24).toString("hex");

/** Reads the file, or makes it. */
export async function ensureOpenstackSecrets(file: string): Promise<Secrets> {
  const kept = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (kept !== undefined) return parseSecrets(kept, file);
  const secrets: Secrets = { admin: newSecret(), service: newSecret(), queue: newSecret() };
  const whole = `${file}.new`;
  await writeFile(whole, `${JSON.stringify(secrets)}\n`, { mode: 0o600 });
  await rename(whole, file);
  return secrets;
}

function parseSecrets(text: string, file: string): Secrets {
  const value: unknown = JSON.parse(text);
  const field = (name: string): string => {
    const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
    if (typeof found === "string" && found !== "") return found;
    throw new Error(`${file} has no "${name}"`);
  };
  return { admin: field("admin"), service: field("service"), queue: field("queue") };
}
