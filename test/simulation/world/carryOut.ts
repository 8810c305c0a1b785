/** Carries out one act on the world, and its end when its time is over. */
import type { AgentConfig } from "../../../agent/config/schema/document.ts";
import { UNTOUCHED } from "../../../agent/operator/operatorState.ts";
import { AgentHost } from "../hosts/agentHost.ts";
import type { WorldView } from "../hosts/worldView.ts";
import { nameOf } from "../machine/group.ts";
import type { Host } from "../machine/host.ts";
import type { Act, Change } from "./acts.ts";
import { forge } from "./forge.ts";

const MICROS_PER_MS = 1_000;
const AWAKE_MICROS = 1_000_000;
const NO_LINK_INDEX = 2;

const ORDERS: readonly Act["kind"][] = ["restart", "reload", "drain", "maintain", "hand-over", "forge", "reset"];

export function carryOut(act: Act, world: WorldView): void {
  if (!ORDERS.includes(act.kind)) world.calm.disturb();
  switch (act.kind) {
    case "cut":
      lasting(act.forMicros, world, world.networks[act.network].cut(act.ways));
      return;
    case "weather": {
      const calm = world.calm.unsettle();
      const end = world.networks[act.network].worsen(act.weather);
      lasting(act.forMicros, world, () => {
        end();
        calm();
      });
      return;
    }
    case "ail":
      lasting(act.forMicros, world, world.cloud.ail(act.ailment));
      return;
    case "reset":
      world.peerLinks.reset(act.node, act.other, act.forMicros);
      world.later(act.forMicros, () => undefined);
      return;
    default:
      onHost(act, world.hostOf(act.node), world);
  }
}

type OnHost = Exclude<Act, { kind: "cut" | "weather" | "ail" | "reset" }>;

function onHost(act: OnHost, host: Host, world: WorldView): void {
  const { server } = host;
  switch (act.kind) {
    case "unplug":
      plug(host, false);
      lasting(act.forMicros, world, () => {
        plug(host, true);
      });
      return;
    case "stall":
    case "pause": {
      if (server.isStalled) return;
      if (act.kind === "stall") server.stall();
      else server.pause(act.clockStands);
      world.past.noteStall(host, act.kind === "pause" && act.clockStands);
      const calm = world.calm.unsettle();
      lasting(act.forMicros, world, () => {
        server.thaw();
        calm();
      });
      return;
    }
    case "crash":
      host.crash();
      lasting(act.forMicros, world, () => {
        host.boot();
      });
      return;
    case "restart":
      if (server.isStalled) return;
      world.calm.planned();
      host.stop();
      world.later(act.forMicros, () => {
        startOnceAwake(host, world);
      });
      return;
    case "set-clock": {
      server.clock.step(act.byMs);
      // Signatures are good for a while only: nodes that disagree about the time may not believe each other.
      const calm = world.calm.unsettle();
      lasting(act.forMicros, world, () => {
        server.clock.step(-act.byMs);
        calm();
      });
      return;
    }
    default:
      if (host instanceof AgentHost) onAgent(act, host, world);
  }
}

type OnAgent = Exclude<OnHost, { kind: "unplug" | "stall" | "pause" | "crash" | "restart" | "set-clock" }>;

function onAgent(act: OnAgent, host: AgentHost, world: WorldView): void {
  const { server } = host;
  switch (act.kind) {
    case "kill":
      host.kill();
      world.calm.disturb();
      return;
    case "flap":
      for (const [index, isGood] of [...act.looks, true, true].entries()) {
        world.later(index * act.everyMicros, () => {
          server.tell(() => {
            world.calm.disturb();
            host.main?.looked(isGood ? "good" : "failed");
          });
        });
      }
      return;
    case "strip":
      server.change((kernel) => {
        for (const { index, addresses } of kernel.links()) {
          for (const { address, prefixLength, origin } of addresses) {
            if (origin !== 0) kernel.drop(index, `${address}/${prefixLength}`);
          }
        }
      });
      world.calm.disturb();
      return;
    case "refuse": {
      const { kernel } = server;
      kernel.refusals.set(act.operation, act.operation === "send" ? "ENOBUFS" : "ENOMEM");
      const calm = world.calm.unsettle();
      lasting(act.forMicros, world, () => {
        kernel.refusals.delete(act.operation);
        calm();
      });
      return;
    }
    case "reload":
      world.calm.planned();
      reload(host, act.change, world);
      return;
    case "drain":
      world.calm.planned();
      host.obey((state) => ({ ...state, drained: true }));
      world.later(act.forMicros, () => {
        world.calm.planned();
        host.obey(() => UNTOUCHED);
      });
      return;
    case "maintain":
      world.calm.planned();
      host.obey((state, nowMs) => {
        const until = new Date(nowMs + act.forMicros / MICROS_PER_MS).toISOString();
        return { ...state, maintenance: { until } };
      });
      world.later(act.forMicros, () => {
        world.calm.planned();
      });
      return;
    case "hand-over":
      world.calm.planned();
      server.tell(() => host.main?.handOver(act.to === host.name ? undefined : act.to));
      return;
    case "forge":
      forge(host, act.forgery, world);
  }
}

/** Nobody logs in to a machine that stands still. */
function startOnceAwake(host: Host, world: WorldView): void {
  world.calm.planned();
  if (host.server.power !== "paused") host.start();
  else {
    world.later(AWAKE_MICROS, () => {
      startOnceAwake(host, world);
    });
  }
}

/** Faults disturb when they begin and when they end. */
function lasting(forMicros: number, world: WorldView, end: () => void): void {
  world.calm.disturb();
  world.later(forMicros, () => {
    end();
    world.calm.disturb();
  });
}

function plug(host: Host, running: boolean): void {
  host.server.change((kernel) => {
    kernel.change(NO_LINK_INDEX, (link) => ({ ...link, running }));
  });
}

function reload(host: AgentHost, change: Change, world: WorldView): void {
  const before = host.config;
  host.reload(changed(before, change), () => {
    world.noteReload(host, change.what === "nothing");
  });
}

/** The same document with one thing changed; priorities stay apart by the nodes' numbers. */
function changed(config: AgentConfig, change: Change): AgentConfig {
  if (change.what === "nothing") return structuredClone(config);
  const number = Array.from({ length: 8 }, (_, index) => nameOf(index)).indexOf(config.node);
  return {
    ...config,
    virtualRouters: config.virtualRouters.map((router) => {
      switch (change.what) {
        case "rank":
          if (router.protocol === "carp") {
            const advertisementSkew = clamp(router.advertisementSkew - change.by, 8, 240) + number;
            return { ...router, advertisementSkew };
          }
          return { ...router, priority: clamp(router.priority + change.by, 8, 240) + number };
        case "preempt":
          return { ...router, preempt: change.preempt };
        case "refresh":
          return { ...router, announcement: { ...router.announcement, refresh: change.seconds * 1_000_000 } };
        case "lease":
          return { ...router, lease: change.seconds * 1_000_000 };
      }
    }),
  };
}

/** In steps of eight, so that the nodes' numbers keep them apart. */
function clamp(value: number, least: number, most: number): number {
  return Math.round(Math.min(most, Math.max(least, value)) / 8) * 8;
}
