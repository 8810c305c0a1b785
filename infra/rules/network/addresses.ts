/** Rules of addresses: every one of the network's has one owner. */

import { keyName } from "../../schema/explain.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import type { Draft } from "../../stackFile/shape.ts";
import { allocationPool, defaultGateway, defaultNodeAddress } from "../../values/addresses.ts";
import { contains, formatIpv4, type Ipv4Network } from "../../values/ipv4.ts";
import { networkOf, whyNoHostAddress } from "./network.ts";

/** Somebody's wish for an address. */
interface AddressClaim {
  readonly key: string;
  /** Who it is for, in a sentence. */
  readonly owner: string;
  readonly address: number;
  /** Not written down: it follows from the name. */
  readonly byDefault: boolean;
}

/** Every address is inside the network, out of the cloud's own pool, and somebody's alone. */
export function addressRules(draft: Draft): readonly Problem[] {
  const network = networkOf(draft);
  if (network === undefined) return [];
  const owners = new Map<number, string>();
  return claims(draft, network).flatMap((claim) => {
    const why = whyRefused(network, owners, claim, draft.network?.gateway);
    if (why === undefined) {
      owners.set(claim.address, claim.owner);
      return [];
    }
    const address = formatIpv4(claim.address);
    return [
      claim.byDefault
        ? { key: claim.key, why: `is not written down, and the default ${address} ${why}`, remedy: FREE_ADDRESS }
        : { key: claim.key, value: showValue(address), why, remedy: FREE_ADDRESS },
    ];
  });
}

const FREE_ADDRESS = "write an address of the network that is free";

/** What is written down goes first: a default gives way to it, not the other way round. */
function claims(draft: Draft, network: Ipv4Network): readonly AddressClaim[] {
  const gateway: AddressClaim = {
    key: keyName(["network", "gateway"]),
    owner: "the gateway",
    address: draft.network?.gateway ?? defaultGateway(network),
    byDefault: draft.network?.gateway === undefined,
  };
  const vips = [...draft.vips].flatMap(([name, { address, alias }]) => [
    { key: keyName(["vips", name, "address"]), owner: `VIP "${name}"`, address, byDefault: false },
    ...alias.flatMap((one, index) => {
      // On an interface of its own it is an address of another network.
      if (one.interface !== undefined) return [];
      const key = keyName(["vips", name, "alias", index, "address"]);
      return [{ key, owner: `an alias of VIP "${name}"`, address: one.address, byDefault: false }];
    }),
  ]);
  const routed = [...draft.vips].flatMap(([name, { address, alias, public: reached }]) => {
    const written = reached?.routed;
    // Outside of the network it is nobody's here; the VIP's own addresses are claimed already.
    if (written === undefined || !contains(network, written)) return [];
    if ([address, ...alias.map((one) => one.address)].includes(written)) return [];
    const key = keyName(["vips", name, "public", "routed"]);
    return [{ key, owner: `the routed address of VIP "${name}"`, address: written, byDefault: false }];
  });
  const nodes = [...draft.nodes].map(([name, { address }]) => ({
    key: keyName(["nodes", name, "address"]),
    owner: `node "${name}"`,
    address: address ?? defaultNodeAddress(network, name),
    byDefault: address === undefined,
  }));
  const all = [gateway, ...vips, ...routed, ...nodes];
  return [...all.filter(({ byDefault }) => !byDefault), ...all.filter(({ byDefault }) => byDefault)];
}

function whyRefused(
  network: Ipv4Network,
  owners: ReadonlyMap<number, string>,
  claim: AddressClaim,
  gateway: number | undefined,
): string | undefined {
  const whyNot = whyNoHostAddress(network, claim.address);
  if (whyNot !== undefined) return whyNot;
  const owner = owners.get(claim.address);
  if (owner !== undefined) return `is already that of ${owner}`;
  const pool = allocationPool(network, gateway);
  if (claim.address >= pool.start && claim.address <= pool.end) {
    return `is one of ${formatIpv4(pool.start)} to ${formatIpv4(pool.end)}, which the cloud takes for itself`;
  }
  return undefined;
}
