/** S2, L1, S6 and S11: how many masters there are, and how they come to be. */

import type { WorldView } from "../hosts/worldView.ts";
import type { Host } from "../machine/host.ts";
import type { Step } from "../machine/step.ts";
import type { Invariant } from "./invariant.ts";

/** Three intervals and a skew, and one to hear each other; and what turns take. */
const SETTLING_INTERVALS = 6;
const SETTLING_MICROS = 1_000_000;
/** Longer than any way through the segment. */
const OVERLAP_MICROS = 10_000;

export class OneMaster implements Invariant {
  readonly number = "S2";
  readonly sentence =
    "A healthy part of the network has at most one master of a virtual router, once no fault has happened for as long as it takes to replace a dead master.";

  /** Since when there have been two: one who is replaced hears so a moment later. */
  readonly #sinceMicros = new Map<string, number>();

  after({ changes, atMicros }: Step, world: WorldView): string | undefined {
    for (const { virtualRouter } of changes) {
      const masters = world.hosts.filter((host) => world.past.roleOf(host, virtualRouter) === "master");
      if (masters.length < 2) this.#sinceMicros.delete(virtualRouter);
      else if (!this.#sinceMicros.has(virtualRouter)) this.#sinceMicros.set(virtualRouter, atMicros);
    }
    return undefined;
  }

  meanwhile(world: WorldView): string | undefined {
    const settledMicros = SETTLING_INTERVALS * world.group.intervalMicros + SETTLING_MICROS;
    if (world.calm.quietMicros < settledMicros) return undefined;
    return eachPart(world, (part, router) => {
      const masters = part.filter((host) => world.past.roleOf(host, router) === "master" && !host.server.isStalled);
      const forMicros = world.agenda.nowMicros - (this.#sinceMicros.get(router) ?? world.agenda.nowMicros);
      if (masters.length < 2 || forMicros < OVERLAP_MICROS) return undefined;
      return `${masters.map(({ name }) => name).join(" and ")} are masters of ${router}`;
    });
  }
}

export class SomeMaster implements Invariant {
  readonly number = "L1";
  readonly sentence =
    "Where there is a healthy node, some node is master and has the addresses within a stated bound after the last fault.";

  after(): string | undefined {
    return undefined;
  }

  meanwhile(world: WorldView): string | undefined {
    if (world.calm.quietMicros < world.group.boundMicros) return undefined;
    return eachPart(world, (part, router) => {
      if (!part.some(({ isFit }) => isFit)) return undefined;
      const master = part.find((host) => world.past.roleOf(host, router) === "master");
      if (master === undefined) return `nobody of ${part.map(({ name }) => name).join(", ")} is master of ${router}`;
      const held = master.server.kernel.addresses();
      const missing = world.addressesOf(router).find((address) => !held.includes(address));
      return missing === undefined ? undefined : `${master.name} is master of ${router} without ${missing}`;
    });
  }
}

function eachPart(
  world: WorldView,
  judge: (part: readonly Host[], virtualRouter: string) => string | undefined,
): string | undefined {
  for (const part of world.parts()) {
    for (const router of world.virtualRouters) {
      const wrong = judge(part, router);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

export class NoPreemption implements Invariant {
  readonly number = "S6";
  readonly sentence =
    "A node that does not preempt never becomes master while it hears a live master whose advertisements arrive in time.";

  after({ host, changes }: Step, world: WorldView): string | undefined {
    if (!world.isAgent(host)) return undefined;
    for (const { virtualRouter, from, to, reason } of changes) {
      if (from !== "backup" || to !== "master" || (reason !== "master-down" && reason !== "preempted")) continue;
      const router = host.config.virtualRouters.find(({ name }) => name === virtualRouter);
      if (router?.protocol !== "vrrp" || router.preempt || router.priority === 255) continue;
      // One whose clock is wrong hears, and may not believe.
      if (router.authentication !== undefined && world.calm.peaceMicros < world.group.boundMicros) continue;
      const heard = world.hosts.find(
        (other) =>
          other !== host &&
          world.past.roleOf(other, virtualRouter) === "master" &&
          world.past.heardAgoMicros(host, other) < 2 * router.advertisementInterval,
      );
      if (heard !== undefined)
        return `${host.name} took ${virtualRouter} from ${heard.name}, which it hears, without preemption`;
    }
    return undefined;
  }
}

/** A fault that just ended may have taken an answer with it. */
const AFTERMATH_MICROS = 1_000_000;

export class ClosedConnectionsAreNothing implements Invariant {
  readonly number = "S11";
  readonly sentence = "Peer link connections that a third party closes, resets or refuses change no role.";

  after({ host, changes }: Step, world: WorldView): string | undefined {
    if (!world.isAgent(host) || world.calm.peaceMicros < AFTERMATH_MICROS || !world.lan.reach.isFair) return undefined;
    for (const { virtualRouter, to, reason } of changes) {
      if (to !== "master" || reason !== "peer-lost") continue;
      const alive = world.agents.find(
        (other) =>
          other !== host &&
          world.past.roleOf(other, virtualRouter) === "master" &&
          other.server.answers &&
          other.server.link.running &&
          world.lan.reach.passes(host.name, other.name) &&
          world.lan.reach.passes(other.name, host.name),
      );
      if (alive !== undefined)
        return `${host.name} took ${virtualRouter} from ${alive.name}, which lives and can answer`;
    }
    return undefined;
  }
}
