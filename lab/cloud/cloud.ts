/**
 * The lab's cloud: Keystone, Neutron, Nova, Glance and OVH's API over one state, on one port of the loopback, good enough for the
 * real providers. What they are told to make is made real by a hypervisor.
 */
import type { Server } from "node:net";
import { type Logger, pino } from "pino";
import type { Hypervisor } from "../host/region.ts";
import { createApi } from "./api.ts";
import { type ExternalNetworkDefinition, newState, requireSameExternalNetwork } from "./birth.ts";
import { createConductor } from "./conductor/conductor.ts";
import { createFaultTable, type FaultTable } from "./http/faults.ts";
import { portTaken } from "./http/portTaken.ts";
import { createTokens } from "./keystone/tokens.ts";
import { afterRestart } from "./nova/servers/lifecycle.ts";
import { createOvhService } from "./ovh/context/context.ts";
import { defineOvh, type OvhDefinition } from "./ovh/context/definition.ts";
import { createOvhControl, type OvhControl } from "./ovh/control.ts";
import type { CloudContext, Credentials, FlavorDefinition, ImageDefinition } from "./state/context.ts";
import type { CloudView } from "./state/state.ts";
import { openStore } from "./state/store.ts";

/** What a cloud is made of. */
export interface CloudOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** The state file; made if missing, with mode 0600. */
  readonly stateFile: string;
  /** Stays the caller's to close. */
  readonly hypervisor: Hypervisor;
  readonly credentials: Credentials;
  /** 32 hexadecimal digits; absent: a new cloud chooses, a kept one keeps it. */
  readonly projectId?: string;
  readonly images: readonly ImageDefinition[];
  readonly flavors: readonly FlavorDefinition[];
  readonly externalNetwork: ExternalNetworkDefinition;
  readonly ovh: OvhDefinition;
  /** How many hosts the scheduler can choose from: anti-affinity needs one for each server. */
  readonly computeHosts: number;
  readonly logger?: Logger;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

/** A running cloud. */
export interface Cloud {
  /** Opens the port. @throws UserError when it is taken */
  listen(): Promise<void>;
  /** Serves the connections of another listening socket as well, which stays the caller's to close. */
  serve(socket: Server): void;
  /** Closes the port and stops telling the hypervisor; what was made stays. */
  close(): Promise<void>;
  /** Where clients log in: OS_AUTH_URL. Known once the cloud listens. */
  readonly authUrl: string;
  /** Everything the cloud knows, for reading; a later change does not change it. */
  snapshot(): CloudView;
  /** Rules that make the API misbehave; empty at first. */
  readonly faults: FaultTable;
  /** What the OVH double does beside its API. */
  readonly ovh: OvhControl;
}

const LOOPBACK = "127.0.0.1";

/** Opens the state and starts making it real; the API opens with `listen`. */
export async function createCloud(options: CloudOptions): Promise<Cloud> {
  const { hypervisor, stateFile, externalNetwork } = options;
  const logger = options.logger ?? pino({ enabled: false });
  const now = options.now ?? Date.now;
  const store = await openStore(stateFile, () => newState(externalNetwork, now()), logger);
  requireSameExternalNetwork(store.state, externalNetwork, stateFile);
  await store.change((draft) => {
    draft.servers.forEach(afterRestart);
    draft.projectId = options.projectId ?? draft.projectId;
    defineOvh(draft, options.ovh, now());
  });

  let port = options.port;
  const conductor = createConductor(store, hypervisor, now, logger);
  const context: CloudContext = {
    store,
    conductor,
    logger,
    now,
    credentials: options.credentials,
    images: options.images,
    flavors: options.flavors,
    computeHosts: Array.from({ length: options.computeHosts }, (_, index) => `compute-${index + 1}`),
    endpoint: (service) => `http://${LOOPBACK}:${port}/${service}`,
  };
  const faults = createFaultTable(now);
  const ovh = createOvhService(context, options.ovh);
  const api = createApi(context, createTokens(now), ovh, faults);
  return {
    async listen() {
      try {
        const address = await api.listen({ host: LOOPBACK, port: options.port });
        port = Number(new URL(address).port);
      } catch (error) {
        throw portTaken(error, options.port) ?? error;
      }
    },
    serve(socket) {
      socket.on("connection", (connection) => api.server.emit("connection", connection));
    },
    async close() {
      conductor.close();
      ovh.dueWork.close();
      await api.close();
      await store.flush();
    },
    get authUrl() {
      return `${context.endpoint("identity")}/v3`;
    },
    snapshot: () => store.state,
    faults,
    ovh: createOvhControl(store, ovh, now),
  };
}
