/** The region's switches made real: bridges and cables in one namespace, with the filter between them. */
import { isDeepStrictEqual } from "node:util";
import { runCommand } from "../../../toolchain/command.ts";
import { UserError } from "../../../toolchain/userError.ts";
import { inOrder } from "../inOrder.ts";
import { bridgeName, type HostNames, tapName } from "../names.ts";
import {
  addNamespace,
  applyRules,
  deleteLinks,
  forgetConnections,
  inNamespace,
  ipBatch,
  ipBatchWhatCanBe,
  setParameters,
} from "../namespace.ts";
import type { PortCondition, PortPlan, SegmentPlan } from "../region.ts";
import { type Cabling, undoing } from "./cabling.ts";
import { type FilterInput, narrows, renderFilter } from "./filter.ts";
import { type Cable, cableLines, type Lease, leaseLines, portCable, returnLines, segmentLines } from "./links.ts";
import type { BuiltPort } from "./plan.ts";

/** The switches, what is plugged into them, and the faults of the cables. */
export interface Fabric extends Cabling {
  readonly segments: ReadonlyMap<string, SegmentPlan>;
  readonly filter: FilterInput;
  makeSegment(segment: SegmentPlan): Promise<void>;
  /** Of the switch and its ends of the cables: the far ends learn of it when they are started again. */
  setMtu(segment: SegmentPlan): Promise<void>;
  removeSegment(segmentId: string): Promise<void>;
  setFilter(filter: FilterInput): Promise<void>;
  /** Follows a change of addresses or of the administrative state. */
  change(namespace: string, port: BuiltPort): Promise<void>;
  /** A fault stays with the port, also while nothing is plugged. */
  setCondition(portId: string, condition: PortCondition): Promise<void>;
  /** Plugs a cable that is no server's port: a router's, the client's. */
  connect(cable: Cable): Promise<void>;
}

/**
 * Makes the namespace of an empty region.
 * @throws UserError when the kernel cannot filter bridged packets
 */
export async function createFabric(names: HostNames): Promise<Fabric> {
  await addNamespace(names.fabric);
  await requireBridgeFiltering(names.fabric);
  // The switches themselves are silent, and give every bridged packet to the connection tracker.
  await setParameters(names.fabric, {
    "net.ipv6.conf.all.disable_ipv6": 1,
    "net.ipv6.conf.default.disable_ipv6": 1,
    "net.bridge.bridge-nf-call-iptables": 1,
    "net.bridge.bridge-nf-call-ip6tables": 1,
    "net.bridge.bridge-nf-call-arptables": 0,
  });
  const switches = createSwitches(names.fabric);
  const filtering = await createFiltering(names.fabric);
  return {
    ...switches,
    ...createPorts(names.fabric, switches.segments, filtering.setBlackholes),
    setFilter: filtering.setFilter,
    get filter() {
      return filtering.filter;
    },
  };
}

async function requireBridgeFiltering(namespace: string): Promise<void> {
  const look = ["test", "-e", "/proc/sys/net/bridge/bridge-nf-call-iptables"];
  const isThere = async (): Promise<boolean> =>
    (await runCommand(inNamespace(namespace, look), { accept: [0, 1] })).status === 0;
  if (await isThere()) return;
  await runCommand(["modprobe", "br_netfilter"], { accept: "any" }).catch(() => undefined);
  if (await isThere()) return;
  throw new UserError(
    "the kernel has no br_netfilter, without which security groups cannot track connections between servers",
    "use a kernel with CONFIG_BRIDGE_NETFILTER, as Debian's and Ubuntu's are, and see that modprobe br_netfilter works",
  );
}

type Switches = Pick<Fabric, "segments" | "makeSegment" | "setMtu" | "removeSegment" | "connect">;

function createSwitches(namespace: string): Switches {
  const segments = new Map<string, SegmentPlan>();
  return {
    segments,
    makeSegment: async (segment) => {
      await undoing(
        () => ipBatch(namespace, segmentLines(segment)),
        () => deleteLinks(namespace, [bridgeName(segment.id)]),
      );
      segments.set(segment.id, segment);
    },
    setMtu: async (segment) => {
      const plugged = await pluggedInto(namespace, bridgeName(segment.id));
      await ipBatch(
        namespace,
        [...plugged, bridgeName(segment.id)].map((link) => `link set ${link} mtu ${segment.mtu}`),
      );
      segments.set(segment.id, segment);
    },
    removeSegment: async (segmentId) => {
      await deleteLinks(namespace, [bridgeName(segmentId)]);
      segments.delete(segmentId);
    },
    connect: (cable) =>
      undoing(
        () => ipBatch(namespace, cableLines(cable)),
        () => deleteLinks(namespace, [cable.tap]),
      ),
  };
}

async function pluggedInto(namespace: string, bridge: string): Promise<readonly string[]> {
  const { stdout } = await runCommand(["ip", "-n", namespace, "-brief", "link", "show", "master", bridge]);
  return stdout.split("\n").flatMap((line) => /^([^@\s]+)/.exec(line)?.[1] ?? []);
}

interface Filtering {
  readonly filter: FilterInput;
  readonly setFilter: Fabric["setFilter"];
  readonly setBlackholes: (blackholed: ReadonlySet<string>) => Promise<void>;
}

async function createFiltering(namespace: string): Promise<Filtering> {
  const serially = inOrder();
  let filter: FilterInput = { segments: [], ports: [] };
  let blackholed: ReadonlySet<string> = new Set();
  await applyRules(namespace, renderFilter(filter, blackholed));
  return {
    get filter() {
      return filter;
    },
    setFilter: (next) =>
      serially(async () => {
        await applyRules(namespace, renderFilter(next, blackholed));
        const forget = narrows(filter.ports, next.ports);
        filter = next;
        if (forget) await forgetConnections(namespace);
      }),
    setBlackholes: (next) =>
      serially(async () => {
        await applyRules(namespace, renderFilter(filter, next));
        blackholed = next;
      }),
  };
}

type Ports = Pick<Fabric, "ports" | "plug" | "unplug" | "change" | "setCondition">;

function createPorts(
  namespace: string,
  segments: ReadonlyMap<string, SegmentPlan>,
  setBlackholes: Filtering["setBlackholes"],
): Ports {
  const ports = new Map<string, BuiltPort>();
  const conditions = new Map<string, PortCondition>();
  const hasCarrier = ({ plan }: BuiltPort): boolean => plan.adminUp && conditions.get(plan.id) !== "carrier-down";
  const cable = (port: BuiltPort, far: string): Cable => {
    const segment = segmentOf(port.plan, segments);
    return portCable(port.plan, { segment, namespace: far, device: port.device, carrier: hasCarrier(port) });
  };
  const lease = (device: string, plan: PortPlan): Lease => {
    const { kind } = segmentOf(plan, segments);
    return { device, on: kind, addresses: plan.addresses };
  };
  const unplug = async (portIds: readonly string[]): Promise<void> => {
    await deleteLinks(namespace, portIds.map(tapName));
    for (const id of portIds) ports.delete(id);
  };
  const setCarrier = (port: BuiltPort): Promise<void> =>
    ipBatch(namespace, [`link set ${tapName(port.plan.id)} ${hasCarrier(port) ? "up" : "down"}`]);
  return {
    ports,
    unplug,
    plug: (far, added) =>
      undoing(
        async () => {
          await ipBatch(
            namespace,
            added.flatMap((port) => cableLines(cable(port, far))),
          );
          await ipBatch(
            far,
            added.flatMap(({ device, plan }) => [`link set ${device} up`, ...leaseLines(lease(device, plan))]),
          );
          for (const port of added) ports.set(port.plan.id, port);
        },
        () => unplug(added.map(({ plan }) => plan.id)),
      ),
    change: async (far, port) => {
      const before = ports.get(port.plan.id)?.plan ?? port.plan;
      ports.set(port.plan.id, port);
      await setCarrier(port);
      if (isDeepStrictEqual(before.addresses, port.plan.addresses)) return;
      await ipBatchWhatCanBe(far, returnLines(lease(port.device, before)));
      await ipBatch(far, leaseLines(lease(port.device, port.plan)));
    },
    setCondition: async (portId, condition) => {
      const wasBlackhole = conditions.get(portId) === "blackhole";
      conditions.set(portId, condition);
      const port = ports.get(portId);
      if (port !== undefined) await setCarrier(port);
      if (wasBlackhole === (condition === "blackhole")) return;
      await setBlackholes(new Set([...conditions].flatMap(([id, is]) => (is === "blackhole" ? [id] : []))));
    },
  };
}

function segmentOf({ id, segmentId }: PortPlan, segments: ReadonlyMap<string, SegmentPlan>): SegmentPlan {
  const segment = segments.get(segmentId);
  if (segment === undefined) throw new Error(`port ${id} is on segment ${segmentId}, which is not there`);
  return segment;
}
