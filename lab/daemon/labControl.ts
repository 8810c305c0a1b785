/** A running lab in one value: the cloud's view and the machines behind the words of the control socket. */
import { UserError } from "../../toolchain/userError.ts";
import type { LabControl, LabStatus } from "../control/api.ts";
import { logIn } from "../settings/operator.ts";
import type { LabSettings } from "../settings/settings.ts";
import type { LabCloud, RegionView } from "./labCloud.ts";

/** What the control needs of a lab that runs. */
export interface RunningLab {
  readonly settings: LabSettings;
  readonly cloud: Pick<LabCloud, "authUrl" | "machines" | "view" | "cardsOf">;
  readonly password: string;
  readonly startedAt: Date;
}

/** The control of a running lab. Servers are named by id or by name. */
export function controlOf(running: RunningLab): LabControl {
  const { settings, cloud, password } = running;
  const { machines } = cloud;
  const idOf = identify(cloud);
  return {
    status: () => statusOf(running),
    powerCut: async (server) => machines.powerCut(await idOf(server)),
    start: async (server) => {
      const operator = await logIn(settings.apiPort, password);
      await operator.call("POST", `compute/v2.1/servers/${await idOf(server)}/action`, { "os-start": null });
    },
    run: async (server, argv, options) => machines.run(await idOf(server), argv, options),
    setLink: async (server, condition, side) => {
      const serverId = await idOf(server);
      const cables = cloud
        .cardsOf(serverId)
        .filter(({ external }) => side === undefined || external === (side === "external"));
      for (const { portId } of cables) await machines.setPortCondition(portId, condition);
    },
  };
}

/** Finds servers by id or name. What was found once is asked for no more: a console must answer while an API does not. */
function identify(cloud: RunningLab["cloud"]): (idOrName: string) => Promise<string> {
  const known = new Set<string>();
  return async (idOrName) => {
    if (known.has(idOrName)) return idOrName;
    const { servers } = await cloud.view();
    const isMeant = ({ id, name }: RegionView["servers"][number]): boolean => id === idOrName || name === idOrName;
    const found = servers.find(isMeant);
    if (found === undefined)
      throw new UserError(`there is no server "${idOrName}"`, "npm run lab -- status names them");
    known.add(found.id);
    return found.id;
  };
}

async function statusOf({ settings, cloud, startedAt }: RunningLab): Promise<LabStatus> {
  const { servers, networks, floatingIps } = await cloud.view();
  const { bastion, client } = cloud.machines;
  return {
    name: settings.name,
    cloud: settings.cloud,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    authUrl: cloud.authUrl,
    bastion: `127.0.0.1:${bastion.port}`,
    clientNamespace: client.namespace,
    servers,
    networks,
    floatingIps,
  };
}
