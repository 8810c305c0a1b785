/** S1 and S9: where the addresses are. */
import { RESIGNATION_MICROS } from "../../../agent/election/carp/timers.ts";
import { skewTimeMicros } from "../../../agent/election/timers.ts";
import type { AgentHost } from "../hosts/agentHost.ts";
import type { WorldView } from "../hosts/worldView.ts";
import type { Host } from "../machine/host.ts";
import type { Step } from "../machine/step.ts";
import type { Invariant } from "./invariant.ts";

/** An address of nobody's lives for its lease; one that was renewed just before, and a margin. */
const MARGIN_MICROS = 3_000_000;
/** What a successor said may be under way for so long. */
const LATE_WORD_MICROS = 2_000_000;

export class NoAddressWithoutRole implements Invariant {
  readonly number = "S1";
  readonly sentence =
    "A backup, or a node that takes no part, has no shared address on an interface; nor has a node whose agent is dead, once its lease has expired.";

  after({ host, deeds, changes, cause }: Step, world: WorldView): string | undefined {
    if (!world.isAgent(host) || !host.server.runs || host.node === undefined) return undefined;
    if (changes.length === 0 && cause !== "start" && deeds.every(({ kind }) => kind === "send")) return undefined;
    const held = addressesOf(host);
    for (const router of host.config.virtualRouters) {
      const role = world.past.roleOf(host, router.name);
      if (role !== "backup" && role !== "initialize") continue;
      const wrong = router.addresses.find(({ address }) => held.includes(address));
      if (wrong !== undefined) return `${host.name} is ${role} of ${router.name} and has ${wrong.address}`;
    }
    return undefined;
  }

  meanwhile(world: WorldView): string | undefined {
    for (const host of world.agents) {
      if (host.server.power !== "on" || host.server.runs || world.past.deadForMicros(host) < MARGIN_MICROS) continue;
      const wrong = leased(host, world).find((address) => addressesOf(host).includes(address));
      if (wrong !== undefined) return `${host.name} runs no agent, and still has ${wrong}`;
    }
    return undefined;
  }
}

/** Those whose lease must be over by now. */
function leased(host: AgentHost, world: WorldView): string[] {
  return host.config.virtualRouters.flatMap((router) => {
    const leaseMicros = router.lease === "off" ? Infinity : (router.lease ?? world.group.boundMicros);
    if (world.past.deadForMicros(host) < leaseMicros + MARGIN_MICROS) return [];
    return router.addresses.map(({ address }) => address);
  });
}

export class NoGapInPlannedWork implements Invariant {
  readonly number = "S9";
  readonly sentence =
    "A handover, drain, stop or reload in a healthy group never leaves the address unowned, and the resigning node releases it once it hears its successor.";

  after({ deeds, host, changes }: Step, world: WorldView): string | undefined {
    const early = changes.find(({ from, to, reason }) => isTooEarly(from, to, reason, host, world));
    if (early !== undefined)
      return `${host.name} let go of ${early.virtualRouter} before a successor or its time (${early.reason})`;
    if (deeds.every(({ kind }) => kind !== "remove") || world.calm.peaceMicros < world.group.boundMicros)
      return undefined;
    if (!world.isAgent(host) || !hasSuccessor(host, world)) return undefined;
    const gone = world.virtualRouters
      .flatMap((router) => world.addressesOf(router))
      .find((address) => !world.hosts.some((other) => addressesOf(other).includes(address)));
    return gone === undefined ? undefined : `nobody has ${gone} after ${host.name} let it go in planned work`;
  }
}

function isTooEarly(from: string, to: string, reason: string, host: Host, world: WorldView): boolean {
  if (from !== "resigning" || (to !== "initialize" && to !== "backup")) return false;
  if (reason === "link-down") return false;
  if (reason === "successor-heard")
    return !world.hosts.some((other) => other !== host && world.past.wasMasterWithin(other, LATE_WORD_MICROS));
  return world.past.sinceResignedMicros(host) < leastPatienceMicros(host);
}

/** Whether somebody is there to take over, and need not wait for anything before it takes the addresses. */
function hasSuccessor(host: Host, world: WorldView): boolean {
  const others = world.hosts.filter((other) => other !== host && other.isFit);
  return (
    others.length > 0 &&
    others.every(({ config }) => config.virtualRouters.every(({ hooks }) => hooks.prepare === undefined))
  );
}

/** What the slowest successor takes, by a clock that is a little fast. */
function leastPatienceMicros({ config: { virtualRouters } }: Host): number {
  const times = virtualRouters.map((router) => {
    return router.protocol === "vrrp" ? skewTimeMicros(1, router.advertisementInterval) : RESIGNATION_MICROS;
  });
  return 0.97 * Math.min(...times);
}

export function addressesOf({ server }: Host): string[] {
  return server.power === "on" ? server.kernel.addresses() : [];
}
