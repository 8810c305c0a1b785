/** S3 and S5: that the segment, the clients and the cloud learn where the addresses are. */

import type { WorldView } from "../hosts/worldView.ts";
import { instanceOf } from "../machine/group.ts";
import type { Step } from "../machine/step.ts";
import { GATEWAY } from "../network/lan.ts";
import type { Invariant } from "./invariant.ts";

export class AnnouncedAtOnce implements Invariant {
  readonly number = "S3";
  readonly sentence =
    "A node that becomes master announces every address in the same turn, and again after every conflict that it wins.";

  after(step: Step, world: WorldView): string | undefined {
    const { host, changes } = step;
    if (!world.isAgent(host) || host.server.kernel.refusals.size > 0) return undefined;
    for (const { virtualRouter, to } of changes) {
      if (to !== "master" || world.past.roleOf(host, virtualRouter) !== "master") continue;
      const router = host.config.virtualRouters.find(({ name }) => name === virtualRouter);
      if (router === undefined || router.hooks.prepare !== undefined) continue;
      const missing = this.#missing(step, world, virtualRouter);
      if (missing !== undefined)
        return `${host.name} became master of ${virtualRouter} and did not announce ${missing}`;
    }
    return this.#afterConflict(step, world);
  }

  /** A master that answers an advertisement with its own has won a conflict. */
  #afterConflict(step: Step, world: WorldView): string | undefined {
    const { host, cause, changes, deeds } = step;
    if (cause !== "packet" || changes.length > 0 || host.config.virtualRouters.length > 1) return undefined;
    const [router] = host.config.virtualRouters;
    if (
      router === undefined ||
      world.past.roleOf(host, router.name) !== "master" ||
      host.server.dueMicros <= host.server.clock.micros
    )
      return undefined;
    if (deeds.every(({ kind }) => kind !== "send")) return undefined;
    const missing = this.#missing(step, world, router.name);
    if (missing === undefined) return undefined;
    return `${host.name} won a conflict over ${router.name} and did not announce ${missing} again`;
  }

  #missing({ host, deeds }: Step, world: WorldView, virtualRouter: string): string | undefined {
    const announced = deeds.flatMap((deed) => (deed.kind === "announce" ? [deed.address] : []));
    const held = host.server.kernel.addresses();
    return world
      .addressesOf(virtualRouter)
      .filter((address) => held.includes(address))
      .find((address) => !announced.includes(address.replace(/\/\d+$/, "")));
  }
}

export class EverybodyKnows implements Invariant {
  readonly number = "S5";
  readonly sentence =
    "Once faults stop, the clients' traffic and the cloud's route lead to the master within a stated bound.";

  after(): string | undefined {
    return undefined;
  }

  meanwhile(world: WorldView): string | undefined {
    if (world.calm.quietMicros < world.group.boundMicros) return undefined;
    return this.#clients(world) ?? this.#cloud(world);
  }

  #clients(world: WorldView): string | undefined {
    const { reach } = world.lan;
    for (const part of world.parts()) {
      const isServed = ({ name }: { readonly name: string }): boolean =>
        reach.passes(name, GATEWAY) && reach.passes(GATEWAY, name);
      if (!part.every(isServed) || world.hosts.some((host) => !part.includes(host) && isServed(host))) continue;
      for (const router of world.virtualRouters) {
        const master = part.find((host) => world.past.roleOf(host, router) === "master");
        // The others do not announce again what a partition kept from the clients.
        if (master?.runs !== "agent") continue;
        for (const address of world.addressesOf(router)) {
          const answerer = world.lan.answererOf(address.replace(/\/\d+$/, ""));
          if (answerer !== master.server) {
            return `${master.name} is master of ${router}, and clients of ${address} reach ${answerer?.name ?? "nobody"}`;
          }
        }
      }
    }
    return undefined;
  }

  #cloud(world: WorldView): string | undefined {
    if (world.calm.quietMicros < world.cloudBoundMicros || !world.cloud.isWell || !world.lan.reach.isWhole)
      return undefined;
    const [router] = world.virtualRouters;
    if (router === undefined || !world.agents.some(({ config }) => config.ovh !== undefined)) return undefined;
    const masters = world.hosts.filter((host) => world.past.roleOf(host, router) === "master");
    const [master] = masters;
    if (master === undefined || masters.length > 1) return undefined;
    const { routedTo } = world.cloud;
    if (routedTo === instanceOf(master.name)) return undefined;
    return `${master.name} is master, and the cloud leads the public address to ${routedTo ?? "nobody"}`;
  }
}
