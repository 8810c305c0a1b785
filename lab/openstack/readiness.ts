/** Waits until Neutron's agents and Nova's compute services live: this life, not what the databases say of the last. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../../toolchain/userError.ts";
import type { ApiClient } from "./apiClient.ts";
import { computeHostName, hostNumbers, type Setting } from "./configuration/common.ts";
import { NETWORK_NODE } from "./configuration/neutron.ts";

const DEADLINE_MS = 120_000;
/** Each question costs those who are still starting. */
const POLL_MS = 700;

const AGENTS = z.object({
  agents: z.array(z.object({ host: z.string(), agent_type: z.string(), heartbeat_timestamp: z.string().nullable() })),
});
const SERVICES = z.object({
  services: z.array(z.object({ host: z.string(), state: z.string(), updated_at: z.string().nullable() })),
});
const HYPERVISORS = z.object({ hypervisors: z.array(z.object({ id: z.union([z.string(), z.number()]) })) });

/** Both services write UTC without saying so, to the second. */
function isSince(timestamp: string | null, since: Date): boolean {
  if (timestamp === null) return false;
  const seconds = Math.floor(since.getTime() / 1000) * 1000;
  return new Date(`${timestamp.replace(" ", "T")}Z`).getTime() >= seconds;
}

/** What has not given a sign of life since then, of those that must. */
export async function missingAgents(admin: ApiClient, setting: Setting, since: Date): Promise<readonly string[]> {
  const { agents } = AGENTS.parse(await admin.call("network", "GET", "/v2.0/agents"));
  const alive = new Set(
    agents
      .filter((agent) => isSince(agent.heartbeat_timestamp, since))
      .map(({ agent_type: type, host }) => `${type} ${host}`),
  );
  const needed = [
    ...hostNumbers(setting).map((number) => `Linux bridge agent ${computeHostName(number)}`),
    `L3 agent ${computeHostName(NETWORK_NODE)}`,
  ];
  return needed.filter((name) => !alive.has(name));
}

/** The same of compute services. */
export async function missingComputes(admin: ApiClient, setting: Setting, since: Date): Promise<readonly string[]> {
  const answer = await admin.call("compute", "GET", "/v2.1/os-services?binary=nova-compute");
  const alive = SERVICES.parse(answer)
    .services.filter(({ state, updated_at: updated }) => state === "up" && isSince(updated, since))
    .map(({ host }) => host);
  return hostNumbers(setting)
    .map(computeHostName)
    .filter((name) => !alive.includes(name));
}

/** How many compute hosts Nova's scheduler can choose from. */
export async function hypervisorCount(admin: ApiClient): Promise<number> {
  return HYPERVISORS.parse(await admin.call("compute", "GET", "/v2.1/os-hypervisors")).hypervisors.length;
}

/** Asks again and again until nothing is missing. @throws UserError when something is after too long */
export async function untilNoneMissing(
  what: string,
  total: number,
  missing: () => Promise<readonly string[]>,
  detail: (text: string) => void,
): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  let said = "";
  for (;;) {
    const left = await missing();
    if (left.length === 0) return;
    const words = `waiting for ${what}: ${total - left.length} of ${total}`;
    if (words !== said) detail(words);
    said = words;
    if (performance.now() > deadlineMs) {
      throw new UserError(
        `${what} of the lab's OpenStack gave no sign of life in ${DEADLINE_MS / 1000} s: ${left.join(", ")}`,
        "look into the logs in the lab's folder, openstack/log",
      );
    }
    await sleep(POLL_MS);
  }
}
