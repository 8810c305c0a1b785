/**
 * Cables of servers into a compute host's bridges, as Nova's os-vif makes them: a bridge for each network and a tap for
 * each port, by the names that Neutron's agent on that host looks for. The agent does the rest: the way to the other
 * hosts, and the filters.
 *
 *     server's namespace            compute host's namespace
 *     ethN ─────────────── tap<port> ─ brq<network> ─ vxlan-<number>   (Neutron's)
 */
import { runCommand } from "../../../toolchain/command.ts";
import { bridgeName, tapName } from "../../host/names.ts";
import { applyRules, deleteLinks, ipBatch, ipBatchWhatCanBe, setParameters } from "../../host/namespace.ts";
import { type Cabling, undoing } from "../../host/network/cabling.ts";
import { cableLines, type Lease, leaseLines, portCable, segmentLines } from "../../host/network/links.ts";
import type { BuiltPort } from "../../host/network/plan.ts";
import type { PortCondition, SegmentPlan } from "../../host/region.ts";
import { createPulledCables } from "./pulledCables.ts";
import { renderBlackholes } from "./words.ts";

/** The cables of one compute host. */
export interface OsVif extends Cabling {
  /** Notes what network ports are on before they are plugged in. */
  learn(segments: readonly SegmentPlan[]): void;
  /** Takes up what has become of a port's cable; nothing happens while it is not plugged in. */
  follow(portId: string): Promise<void>;
}

/** Faults of cables by port: they stay with the port, on whatever host it is plugged in. */
export type Conditions = ReadonlyMap<string, PortCondition>;

/** The cables of the compute host with that namespace. */
export function createOsVif(namespace: string, conditions: Conditions): OsVif {
  const ports = new Map<string, BuiltPort>();
  const segments = new Map<string, SegmentPlan>();
  const segmentOf = ({ plan }: BuiltPort): SegmentPlan => {
    const segment = segments.get(plan.segmentId);
    if (segment === undefined) throw new Error(`port ${plan.id}: nothing is known of its network ${plan.segmentId}`);
    return segment;
  };
  const hasCarrier = (portId: string): boolean => conditions.get(portId) !== "carrier-down";
  const pulled = createPulledCables(namespace);
  const keepPulled = (): void => {
    pulled.keepDown(new Set([...ports.keys()].filter((id) => !hasCarrier(id)).map(tapName)));
  };
  const dropBlackholed = (): Promise<void> =>
    applyRules(namespace, renderBlackholes([...ports.keys()].filter((id) => conditions.get(id) === "blackhole")));
  const unplug = async (portIds: readonly string[]): Promise<void> => {
    await deleteLinks(namespace, portIds.map(tapName));
    for (const id of portIds) ports.delete(id);
    keepPulled();
  };
  const plug = async (far: string, added: readonly BuiltPort[]): Promise<void> => {
    for (const segment of new Set(added.map(segmentOf))) await ensureBridge(namespace, segment);
    for (const port of added) ports.set(port.plan.id, port);
    keepPulled();
    if (added.some(({ plan }) => conditions.get(plan.id) === "blackhole")) await dropBlackholed();
    await ipBatch(
      namespace,
      added.flatMap((port) => {
        const at = { segment: segmentOf(port), namespace: far, device: port.device };
        return cableLines(portCable(port.plan, { ...at, carrier: hasCarrier(port.plan.id) }));
      }),
    );
    await ipBatch(
      far,
      added.flatMap((port) => [`link set ${port.device} up`, ...leaseLines(leaseOf(port, segmentOf(port)))]),
    );
  };
  return {
    ports,
    unplug,
    learn: (known) => {
      for (const segment of known) segments.set(segment.id, segment);
    },
    plug: (far, added) =>
      undoing(
        () => plug(far, added),
        () => unplug(added.map(({ plan }) => plan.id)),
      ),
    follow: async (portId) => {
      if (!ports.has(portId)) return;
      keepPulled();
      await dropBlackholed();
      await ipBatchWhatCanBe(namespace, [`link set ${tapName(portId)} ${hasCarrier(portId) ? "up" : "down"}`]);
    },
  };
}

const leaseOf = ({ device, plan: { addresses } }: BuiltPort, { kind }: SegmentPlan): Lease => ({
  device,
  on: kind,
  addresses,
});

/** Neutron's agent makes the same bridge when it is first, for a router's port; whoever is second takes what is there. */
async function ensureBridge(namespace: string, segment: SegmentPlan): Promise<void> {
  const bridge = bridgeName(segment.id);
  const isThere = async (): Promise<boolean> =>
    (await runCommand(["ip", "-n", namespace, "link", "show", bridge], { accept: "any" })).status === 0;
  if (await isThere()) return;
  try {
    await ipBatch(namespace, segmentLines(segment));
  } catch (error) {
    if (!(await isThere())) throw error;
  }
  // A switch has no addresses of its own and says nothing.
  await setParameters(namespace, { [`net.ipv6.conf.${bridge}.disable_ipv6`]: 1 });
}
