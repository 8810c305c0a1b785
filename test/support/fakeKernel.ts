/** The kernel in memory of agent/simulation, as the tests of the node have it. */
import type { Link, LinkAddress } from "../../agent/interfaces/kernel.ts";
import { familyOf } from "../../agent/protocol/packet/ip.ts";

export type { Deed } from "../../agent/simulation/deeds.ts";
export { MemoryKernel as FakeKernel } from "../../agent/simulation/memoryKernel.ts";

/** An interface eth0 that has one own address, and perhaps more. */
export function ethernet(address: string, ...others: readonly LinkAddress[]): Link {
  const last = Number(address.split(/[.:]/).at(-1));
  const mac = `02:00:00:00:00:${last.toString(16).padStart(2, "0")}`;
  const own = { address, prefixLength: familyOf(address) === 4 ? 24 : 64, origin: 0 };
  return { index: 2, name: "eth0", mac, running: true, addresses: [own, ...others] };
}
