/**
 * What a node leaves behind for whoever clears up after its death: which virtual routers it had and in which role.
 * Written at every transition to a file in the runtime directory, read by `failover-agent resign`.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import type { Role } from "../election/election.ts";

/** One virtual router of the dead node. */
export interface VirtualRouterStanding {
  readonly name: string;
  readonly virtualRouterId: number;
  readonly role: Role;
  readonly sourceAddress: string;
  readonly peers: readonly string[];
  /** With prefix lengths, as configured. */
  readonly addresses: readonly string[];
  readonly advertisementIntervalMicros: number;
}

export interface Standing {
  readonly node: string;
  readonly virtualRouters: readonly VirtualRouterStanding[];
}

/** A standing as it is kept, with the process it is of. */
export interface KeptStanding extends Standing {
  readonly version: 1;
  readonly pid: number;
  /** See linux/processes.ts; tells the agent from a later process of the same number. */
  readonly process: string;
}

const FILE = "standing.json";

/** Replaces the file in one step, so that a reader sees the old or the new one. @throws the file system's error. */
export function writeStanding(stateDirectory: string, standing: KeptStanding): void {
  const path = join(stateDirectory, FILE);
  const temporary = `${path}.new`;
  writeFileSync(temporary, `${JSON.stringify(standing)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/** Takes the file away: the node ended well and left nothing. @throws the file system's error. */
export function removeStanding(stateDirectory: string): void {
  rmSync(join(stateDirectory, FILE), { force: true });
}

/** Reads what the last agent left; undefined when it ended well, or when nothing of use is there. */
export function readStanding(stateDirectory: string): KeptStanding | undefined {
  try {
    const document: unknown = JSON.parse(readFileSync(join(stateDirectory, FILE), "utf8"));
    return isStanding(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

// Checked by hand and not by zod, whose loading would be a third of the time that resigning takes.
const ROLES: readonly unknown[] = ["initialize", "backup", "master", "resigning"] satisfies Role[];
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");
const isAddress = (value: unknown): boolean => typeof value === "string" && isIPv4(value);

function isStanding(document: unknown): document is KeptStanding {
  if (typeof document !== "object" || document === null) return false;
  const standing: Partial<Record<keyof KeptStanding, unknown>> = document;
  return (
    standing.version === 1 &&
    Number.isInteger(standing.pid) &&
    typeof standing.process === "string" &&
    typeof standing.node === "string" &&
    Array.isArray(standing.virtualRouters) &&
    standing.virtualRouters.every(isVirtualRouterStanding)
  );
}

function isVirtualRouterStanding(value: unknown): value is VirtualRouterStanding {
  if (typeof value !== "object" || value === null) return false;
  const router: Partial<Record<keyof VirtualRouterStanding, unknown>> = value;
  return (
    typeof router.name === "string" &&
    Number.isInteger(router.virtualRouterId) &&
    ROLES.includes(router.role) &&
    isAddress(router.sourceAddress) &&
    Array.isArray(router.peers) &&
    router.peers.every(isAddress) &&
    isTexts(router.addresses) &&
    Number.isInteger(router.advertisementIntervalMicros)
  );
}
