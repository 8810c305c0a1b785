/**
 * What a node leaves behind for the one that clears up after its death: which virtual routers it had and in which role.
 * Written after every transition, once for those that came together, to a file in the runtime directory, which only the
 * agent's user can read (it has the keys that a farewell is signed with), and read by `failover-agent resign`. Of an
 * agent that dies in between, resigning knows the roles before it: addresses that came since are taken off without a
 * farewell, and the peers find out by the link or by silence.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hostAddressOf } from "../config/fields/hostAddress.ts";
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { Role } from "../election/election.ts";
import { replaceFile } from "../linux/system/replaceFile.ts";
import { type Participant, preferenceOf } from "../participant/participant.ts";

/** One virtual router of a node. */
export interface VirtualRouterState {
  readonly config: VirtualRouterConfig;
  readonly role: Role;
  /** How good a master it would be: higher is better, among those of one protocol. */
  readonly preference: number;
  /** What its farewell needs to know of this process, see Participant. */
  readonly memory: string | undefined;
}

/** As little of a participant as a standing needs. */
type Elected = Pick<Participant, "role" | "explain" | "memory">;

/** A standing that is the same but for its memory stays the same object, by which others know that there is no news. */
export function stateOf(
  config: VirtualRouterConfig,
  participant: Elected,
  before: VirtualRouterState | undefined,
): VirtualRouterState {
  const { role } = participant;
  const preference = preferenceOf(participant.explain().effective);
  const isSame = before?.config === config && before.role === role && before.preference === preference;
  return isSame ? before : { config, role, preference, memory: participant.memory() };
}

export interface NodeState {
  readonly node: string;
  readonly virtualRouters: readonly VirtualRouterState[];
}

/** A standing as it is kept, with the process it is of. */
export interface KeptNodeState extends NodeState {
  readonly version: 2;
  readonly pid: number;
  /** See linux/system/processes.ts; tells the agent from a later process of the same number. */
  readonly process: string;
}

const FILE = "standing.json";

/** In a directory that a boot empties. @throws the file system's error. */
export function writeNodeState(stateDirectory: string, nodeState: KeptNodeState): void {
  replaceFile(join(stateDirectory, FILE), `${textOf(nodeState)}\n`, "process");
}

/** A virtual router that did not change is written as it was: with 255 of them, one that did would cost all. */
const texts = new WeakMap<VirtualRouterState, string>();

function textOf({ virtualRouters, ...rest }: KeptNodeState): string {
  const written = virtualRouters.map((router) => {
    const text = texts.get(router) ?? JSON.stringify(router);
    texts.set(router, text);
    return text;
  });
  return `${JSON.stringify(rest).slice(0, -1)},"virtualRouters":[${written.join(",")}]}`;
}

/** Takes the file away: the node ended well and left nothing. @throws the file system's error. */
export function removeNodeState(stateDirectory: string): void {
  rmSync(join(stateDirectory, FILE), { force: true });
}

/** Reads what the last agent left; undefined when it ended well, or when nothing of use is there. */
export function readNodeState(stateDirectory: string): KeptNodeState | undefined {
  try {
    const document: unknown = JSON.parse(readFileSync(join(stateDirectory, FILE), "utf8"));
    return isStanding(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

// Checked by hand and not by zod, whose loading would be a third of the time that resigning takes. The agent wrote it
// from a configuration that passed the schema: what is looked at is what tells a whole file of this version from another.
const ROLES: readonly unknown[] = ["initialize", "backup", "master", "resigning", "resuming"] satisfies Role[];
const isText = (value: unknown): boolean => typeof value === "string";
const isAddress = (value: unknown): boolean => typeof value === "string" && hostAddressOf(value) === value;

function isStanding(document: unknown): document is KeptNodeState {
  if (!isObject(document)) return false;
  const { version, pid, process, node, virtualRouters } = document;
  const isOne = version === 2 && Number.isInteger(pid) && isText(process) && isText(node);
  return isOne && Array.isArray(virtualRouters) && virtualRouters.every(isVirtualRouterStanding);
}

function isVirtualRouterStanding(value: unknown): value is VirtualRouterState {
  if (!isObject(value)) return false;
  const { config, role, preference, memory } = value;
  const isWhole = ROLES.includes(role) && typeof preference === "number" && isObject(config) && isConfig(config);
  return isWhole && (memory === undefined || (typeof memory === "string" && /^[0-9a-f]{1,16}$/.test(memory)));
}

function isConfig(config: Readonly<Record<string, unknown>>): boolean {
  const { name, protocol, virtualRouterId, sourceAddress, peers, addresses, advertisementInterval, password } = config;
  return (
    isText(name) &&
    Number.isInteger(virtualRouterId) &&
    isAddress(sourceAddress) &&
    Array.isArray(peers) &&
    peers.every(isAddress) &&
    Array.isArray(addresses) &&
    addresses.every((shared) => isObject(shared) && isText(shared["address"])) &&
    ((protocol === "vrrp" && Number.isInteger(advertisementInterval)) || (protocol === "carp" && isText(password)))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
