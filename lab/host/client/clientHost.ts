/** The client host on the external segment: the place from which servers are called as from the Internet. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { type CommandOptions, type CommandResult, runCommand } from "../../../toolchain/command.ts";
import { CLIENT_DEVICE, CLIENT_TAP, type HostNames } from "../names.ts";
import { addNamespace, deleteLinks, inNamespace, ipBatch, ipBatchWhatCanBe } from "../namespace.ts";
import type { Fabric } from "../network/fabric.ts";
import type { RoutePlan, SegmentPlan } from "../region.ts";

/** An address on the external segment. The client has no gateway: it reaches that segment and what is routed to it. */
export interface ClientAddress {
  readonly address: string;
  readonly prefixLength: number;
}

/** Programs on the client host. They see the host's files and processes, and only the external segment's network. */
export interface ClientHost {
  /** Its network namespace, for programs that are started otherwise. */
  readonly namespace: string;
  /** Starts a program that ends when this process does. */
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Runs a program to its end. */
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

/** The client host with its one cable. */
export interface PluggableClient extends ClientHost {
  /** Moves the cable to a segment; to none when it is undefined. */
  plugInto(segment: SegmentPlan | undefined): Promise<void>;
  readonly routes: readonly RoutePlan[];
  /** Sets the addresses beyond the segment that lead to one on it, in place of those it had. */
  setRoutes(routes: readonly RoutePlan[]): Promise<void>;
}

/** Makes the client host, with its cable in nothing. */
export async function createClientHost(names: HostNames, fabric: Fabric, at: ClientAddress): Promise<PluggableClient> {
  const namespace = names.client;
  await addNamespace(namespace);
  let plugged: SegmentPlan | undefined;
  let routes: readonly RoutePlan[] = [];
  return {
    ...programsIn(namespace),
    get routes() {
      return routes;
    },
    setRoutes: async (next) => {
      const gone = routes.filter(({ destination }) => !next.some((route) => route.destination === destination));
      routes = next;
      if (plugged === undefined) return;
      await ipBatchWhatCanBe(
        namespace,
        gone.map(({ destination }) => `route del ${destination}`),
      );
      await ipBatch(namespace, next.map(routeLine));
    },
    plugInto: async (segment) => {
      if (plugged?.id === segment?.id && plugged?.mtu === segment?.mtu) return;
      await deleteLinks(names.fabric, [CLIENT_TAP]);
      plugged = undefined;
      if (segment === undefined) return;
      await fabric.connect({ segment, tap: CLIENT_TAP, namespace, device: CLIENT_DEVICE, carrier: true });
      await ipBatch(namespace, [
        `addr add ${at.address}/${at.prefixLength} dev ${CLIENT_DEVICE}`,
        `link set ${CLIENT_DEVICE} up`,
        ...routes.map(routeLine),
      ]);
      plugged = segment;
    },
  };
}

/** Programs on a client host whose namespace is there. */
export const programsIn = (namespace: string): ClientHost => ({
  namespace,
  spawn: (argv, options) =>
    spawn("setpriv", ["--pdeathsig", "KILL", "--", ...inNamespace(namespace, argv)], options ?? {}),
  run: (argv, options) => runCommand(inNamespace(namespace, argv), options),
});

const routeLine = ({ destination, via }: RoutePlan): string =>
  `route replace ${destination} via ${via} dev ${CLIENT_DEVICE}`;
