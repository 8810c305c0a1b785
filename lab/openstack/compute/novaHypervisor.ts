/** The hypervisor of a real OpenStack on this host: the machines of Nova's servers, and the ways into its region. */
import { type Bastion, openBastion } from "../../host/client/bastion.ts";
import { type ClientHost, programsIn } from "../../host/client/clientHost.ts";
import { BOOTS_AT_A_TIME, type HypervisorOptions, prepareHost } from "../../host/hypervisor/createHypervisor.ts";
import { atMost } from "../../host/inOrder.ts";
import { hostNames } from "../../host/names.ts";
import type { Card, CommandResult, PortCondition } from "../../host/region.ts";
import { sweep } from "../../host/sweep.ts";
import { makeNetworks } from "../settings/networks.ts";
import { Machines } from "./machines.ts";
import { serveMachines } from "./socket.ts";

/** What a lab needs of it beyond what Nova tells it to do. */
export interface NovaHypervisor {
  /** Where drills call the servers from. */
  readonly client: ClientHost;
  /** Where the operator's SSH goes through. */
  readonly bastion: Pick<Bastion, "port" | "hostKey">;
  /** Pulls the plug: the machine and its links are gone at once, with no goodbye. Nova hears of it by itself. */
  powerCut(serverId: string): Promise<void>;
  /** Runs a command as root on the server, as on its console; independent of its network. */
  run(serverId: string, argv: readonly string[], options?: { readonly timeoutMs?: number }): Promise<CommandResult>;
  /** The cards of a server, and whether each is on a network of the provider's own. */
  cardsOf(serverId: string): readonly Card[];
  /** Puts a fault on a port's cable, or takes it off with `up`. It stays with the port, also while it is not plugged in. */
  setPortCondition(portId: string, condition: PortCondition): Promise<void>;
  /** Everything a server's console printed since it was last started. */
  consoleLog(serverId: string): Promise<string>;
  /** Ends everything and leaves the host as it was; disks stay. */
  close(): Promise<void>;
}

export interface NovaHypervisorOptions extends HypervisorOptions {
  /** Where Nova's driver finds it. In a folder of its own, made with mode 0700. */
  readonly socket: string;
  readonly computeHosts: number;
}

/**
 * Makes the networks of a real OpenStack, with no server in them, and listens for Nova. Disks that an earlier life left
 * in `stateDir` are found again when Nova starts their servers.
 * @throws UserError when the host lacks something, or the bastion's port is taken; nothing is left behind then
 */
export async function createNovaHypervisor(options: NovaHypervisorOptions): Promise<NovaHypervisor> {
  const { stateDir, computeHosts } = options;
  const names = hostNames(options.name);
  const image = await prepareHost(options);
  const closers: (() => Promise<void>)[] = [() => sweep(options.name)];
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    await makeNetworks(names, computeHosts, options.client);
    const client = programsIn(names.client);
    const bastion = await openBastion({ ...options.bastion, stateDir, client, reach: options.client });
    closers.push(() => bastion.close());
    const machines = new Machines({ names, stateDir, image, computeHosts, boots: atMost(BOOTS_AT_A_TIME) });
    closers.push(() => machines.close());
    const socket = await serveMachines(options.socket, machines);
    closers.push(() => socket.close());
    return {
      client,
      bastion: { port: bastion.port, hostKey: bastion.hostKey },
      powerCut: (serverId) => machines.powerCut(serverId),
      run: (serverId, argv, { timeoutMs } = {}) => machines.run(serverId, argv, timeoutMs),
      cardsOf: (serverId) => machines.cardsOf(serverId),
      setPortCondition: (portId, condition) => machines.setPortCondition(portId, condition),
      consoleLog: (serverId) => machines.consoleLog(serverId),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
