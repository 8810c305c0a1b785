/** Waits until Neutron's agents and Nova's compute services live: this life, not what the databases say of the last. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../../toolchain/userError.ts";
import type { ApiClient } from "./apiClient.ts";
import { computeHostName, hostNumbers, type Setting } from "./configuration/common.ts";
import { NETWORK_NODE } from "./configuration/neutron.ts";

/** On an idle machine it takes a tenth of it. */
const DEADLINE_MS = 240_000;
/** Each question costs those who are still starting. */
const POLL_MS = 700;

const AGENTS = z.object({
  agents: z.array(z.object({ host: z.string(), agent_type: z.string(), heartbeat_timestamp: z.string().nullable() })),
});
const SERVICES = z.object({
  services: z.array(
    z.object({ binary: z.string(), host: z.string(), state: z.string(), updated_at: z.string().nullable() }),
  ),
});
const HYPERVISORS = z.object({ hypervisors: z.array(z.object({ id: z.union([z.string(), z.number()]) })) });

/** Both services write UTC without saying so, to the second. */
function isSince(timestamp: string | null, since: Date): boolean {
  if (timestamp === null) return false;
  const seconds = Math.floor(since.getTime() / 1000) * 1000;
  return new Date(`${timestamp.replace(" ", "T")}Z`).getTime() >= seconds;
}

/** Those who must live, and those of them that have not given a sign of life since then. */
export interface Census {
  readonly needed: readonly string[];
  readonly missing: readonly string[];
}

const census = (needed: readonly string[], alive: readonly string[]): Census => ({
  needed,
  missing: needed.filter((name) => !alive.includes(name)),
});

/** Neutron's agents. */
export async function agentsSince(admin: ApiClient, setting: Setting, since: Date): Promise<Census> {
  const { agents } = AGENTS.parse(await admin.call("network", "GET", "/v2.0/agents"));
  const alive = agents
    .filter(({ heartbeat_timestamp: heartbeat }) => isSince(heartbeat, since))
    .map(({ agent_type: type, host }) => `${type} ${host}`);
  const bridges = hostNumbers(setting).map((number) => `Linux bridge agent ${computeHostName(number)}`);
  return census([...bridges, `L3 agent ${computeHostName(NETWORK_NODE)}`], alive);
}

/** Nova's services; conductor and scheduler are wherever they are. */
export async function novaServicesSince(admin: ApiClient, setting: Setting, since: Date): Promise<Census> {
  const { services } = SERVICES.parse(await admin.call("compute", "GET", "/v2.1/os-services"));
  const alive = services
    .filter(({ state, updated_at: updated }) => state === "up" && isSince(updated, since))
    .map(({ binary, host }) => (binary === "nova-compute" ? `${binary} ${host}` : binary));
  const computes = hostNumbers(setting).map((number) => `nova-compute ${computeHostName(number)}`);
  return census(["nova-conductor", "nova-scheduler", ...computes], alive);
}

/** How many compute hosts Nova's scheduler can choose from. */
export async function hypervisorCount(admin: ApiClient): Promise<number> {
  return HYPERVISORS.parse(await admin.call("compute", "GET", "/v2.1/os-hypervisors")).hypervisors.length;
}

/** Asks again and again until nothing is missing. @throws UserError when something is after too long */
export async function untilNoneMissing(
  what: string,
  count: () => Promise<Census>,
  detail: (text: string) => void,
): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  let said = "";
  for (;;) {
    const { needed, missing } = await count();
    if (missing.length === 0) return;
    const words = `waiting for ${what}: ${needed.length - missing.length} of ${needed.length}`;
    if (words !== said) detail(words);
    said = words;
    if (performance.now() > deadlineMs) {
      throw new UserError(
        `${what} of the lab's OpenStack gave no sign of life in ${DEADLINE_MS / 1000} s: ${missing.join(", ")}`,
        "look into the logs in the lab's folder, openstack/log",
      );
    }
    await sleep(POLL_MS);
  }
}
