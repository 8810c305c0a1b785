/** Nova's conductor: has the hypervisor make the region as the state says, and notes in the state what became of it. */
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import type { Hypervisor, RegionPlan, ServerState } from "../../host/region.ts";
import { deletePort, unbindPort } from "../neutron/portRecords.ts";
import { observe } from "../nova/servers/lifecycle.ts";
import { coalesce } from "../state/coalesce.ts";
import type { Conductor } from "../state/conductorPort.ts";
import { type CloudState, type CloudView, findById, removeWhere } from "../state/state.ts";
import type { Store } from "../state/store.ts";
import { regionPlan } from "./regionPlan.ts";

/** How long after a region could not be made it is tried again; doubled each time. */
const RETRY_MS = { first: 500, longest: 30_000 } as const;

/** Starts at once: converges now and after every change of the store. */
export function createConductor(store: Store, hypervisor: Hypervisor, now: () => number, logger: Logger): Conductor {
  const life = { closed: false };
  const note = (work: (draft: CloudState) => void): void => {
    if (life.closed) return;
    store.change(work).catch((error: unknown) => {
      logger.error({ err: error }, "what became of the region could not be noted");
    });
  };
  const report = (serverId: string, reported: ServerState): void => {
    if (findById(store.state.servers, serverId) === undefined) return;
    logger.debug({ serverId, state: reported.kind }, "server state");
    note((draft) => {
      const server = findById(draft.servers, serverId);
      if (server !== undefined) observe(server, reported, now());
    });
  };

  const convergence = keepConverged(store, hypervisor, logger, (ids) => {
    note((draft) => {
      finish(draft, ids, now());
    });
  });
  hypervisor.onServerState((serverId, state) => {
    if (state.kind === "shutoff" || state.kind === "error") convergence.unmade();
    report(serverId, state);
  });
  return {
    async reboot(serverId, how) {
      try {
        await hypervisor.reboot(serverId, how);
      } catch (error) {
        report(serverId, { kind: "error", reason: `The machine could not be restarted: ${String(error)}` });
      }
    },
    consoleLog: (serverId) => hypervisor.consoleLog(serverId),
    close() {
      life.closed = true;
      convergence.stop();
    },
  };
}

/**
 * Makes the region as the state says, now and after every change, off the way of those who change it. `onDone` hears of
 * servers that a convergence was the last thing to wait for.
 */
function keepConverged(
  store: Store,
  hypervisor: Hypervisor,
  logger: Logger,
  onDone: (serverIds: readonly string[]) => void,
): { stop(): void; unmade(): void } {
  let stopped = false;
  let made: RegionPlan | undefined;
  /** Counts the machines that went off by themselves: a region that was made before is no longer as planned. */
  let losses = 0;
  let retryMs: number = RETRY_MS.first;
  let retry: NodeJS.Timeout | undefined;

  const converge = coalesce(async () => {
    if (stopped) return;
    const state = store.state;
    const plan = regionPlan(state);
    if (!isDeepStrictEqual(plan, made)) {
      made = undefined;
      const lossesBefore = losses;
      await hypervisor.converge(plan);
      made = losses === lossesBefore ? plan : undefined;
      retryMs = RETRY_MS.first;
    }
    const done = awaitingConvergence(state);
    if (done.length > 0) onDone(done);
  });

  const kick = (): void => {
    clearTimeout(retry);
    converge().catch((error: unknown) => {
      if (stopped) return;
      logger.warn({ err: error, retryMs }, "the region could not be made; it will be tried again");
      retry = setTimeout(kick, retryMs);
      retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
    });
  };

  store.onChange(kick);
  kick();
  return {
    stop() {
      stopped = true;
      clearTimeout(retry);
    },
    unmade() {
      losses += 1;
      made = undefined;
    },
  };
}

/** Servers whose task is over once the region is as this state says, with no report of their machine to wait for. */
function awaitingConvergence(state: CloudView): readonly string[] {
  return state.servers
    .filter(({ task, power }) => task?.kind === "deleting" || (task?.kind === "rebuilding" && power === "off"))
    .map((server) => server.id);
}

function finish(draft: CloudState, ids: readonly string[], now: number): void {
  for (const id of ids) {
    const server = findById(draft.servers, id);
    if (server?.task?.kind === "rebuilding") {
      server.task = null;
      server.vm = { kind: "stopped" };
    } else if (server?.task?.kind === "deleting") {
      for (const portId of server.portIds) {
        if (server.ownPortIds.includes(portId)) deletePort(draft, portId, now);
        else unbindPort(draft, portId, now);
      }
      removeWhere(draft.servers, (other) => other.id === id);
    }
  }
}
