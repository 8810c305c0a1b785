/** A running lab in one value: the cloud's state and the hypervisor's machines behind the words of the control socket. */
import { UserError } from "../toolchain/userError.ts";
import type { Cloud } from "./cloud/cloud.ts";
import { serverStatus } from "./cloud/nova/lifecycle.ts";
import type { CloudView } from "./cloud/state.ts";
import type { LabControl, LabStatus, ServerStatus } from "./control/api.ts";
import type { LocalHypervisor } from "./host/createHypervisor.ts";
import { logIn } from "./operator.ts";
import type { LabSettings } from "./settings.ts";

type Server = CloudView["servers"][number];

/** What the control needs of a lab that runs. */
export interface RunningLab {
  readonly settings: LabSettings;
  readonly cloud: Cloud;
  readonly hypervisor: LocalHypervisor;
  readonly password: string;
  readonly startedAt: Date;
}

/** The control of a running lab. Servers are named by id or by name. */
export function controlOf(running: RunningLab): LabControl {
  const { settings, cloud, hypervisor, password } = running;
  const find = (idOrName: string): Server => {
    const { servers } = cloud.snapshot();
    const found = servers.find(({ id, name }) => id === idOrName || name === idOrName);
    if (found !== undefined) return found;
    throw new UserError(`there is no server "${idOrName}"`, "npm run lab -- status names them");
  };
  return {
    status: () => Promise.resolve(statusOf(running)),
    powerCut: (server) => hypervisor.powerCut(find(server).id),
    start: async (server) => {
      const { id } = find(server);
      const operator = await logIn(settings.apiPort, password);
      await operator.call("POST", `compute/v2.1/servers/${id}/action`, { "os-start": null });
    },
    run: (server, argv, options) => hypervisor.run(find(server).id, argv, options),
    setLink: async (server, condition, side) => {
      const { portIds } = find(server);
      const { ports, networks } = cloud.snapshot();
      const isExternal = new Map(networks.map(({ id, external }) => [id, external]));
      const cables = ports
        .filter(({ id }) => portIds.includes(id))
        .filter(({ networkId }) => side === undefined || isExternal.get(networkId) === (side === "external"));
      for (const { id } of cables) await hypervisor.setPortCondition(id, condition);
    },
  };
}

function statusOf({ settings, cloud, hypervisor, startedAt }: RunningLab): LabStatus {
  const state = cloud.snapshot();
  return {
    name: settings.name,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    authUrl: cloud.authUrl,
    bastion: `127.0.0.1:${hypervisor.bastion.port}`,
    clientNamespace: hypervisor.client.namespace,
    servers: state.servers.map((server) => describeServer(server, state)),
    networks: state.networks.map(({ id, name, external }) => ({ id, name, external })),
    floatingIps: state.floatingIps.map(({ address, association }) => ({
      address,
      fixedAddress: association?.fixedIp ?? null,
    })),
  };
}

function describeServer(server: Server, { ports }: CloudView): ServerStatus {
  const { id, name, portIds } = server;
  const cards = ports.filter((port) => portIds.includes(port.id));
  return {
    id,
    name,
    status: serverStatus(server),
    addresses: cards.flatMap(({ fixedIps }) => fixedIps.map(({ ipAddress }) => ipAddress)),
  };
}
