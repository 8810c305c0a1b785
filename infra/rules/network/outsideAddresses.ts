/** Rules of addresses that are not the private network's: public ones, and aliases on an interface of their own. */

import { keyName } from "../../schema/explain.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import type { VipConfig } from "../../schema/schema.ts";
import type { Draft } from "../../stackFile/shape.ts";
import { contains, formatIpv4, type Ipv4Network, specialRange } from "../../values/ipv4.ts";
import { networkOf } from "./network.ts";

interface OutsideAddress {
  readonly vip: string;
  readonly way: "failoverIp" | "routed" | "alias";
  readonly key: string;
  readonly address: number;
}

/** Each is outside of the network, of a kind that can be where it is put, and one VIP's alone. */
export function outsideAddressRules(draft: Draft): readonly Problem[] {
  const network = networkOf(draft);
  const owners = new Map<number, OutsideAddress>();
  return [...draft.vips].flatMap(([name, vip]) =>
    outsideAddresses(name, vip, network).flatMap((one) => {
      const found = wrongPlace(one, network) ?? wrongKind(one) ?? alreadyTaken(one, owners.get(one.address));
      if (found === undefined) owners.set(one.address, one);
      return found === undefined ? [] : [{ key: one.key, value: showValue(formatIpv4(one.address)), ...found }];
    }),
  );
}

/** Public addresses first: an alias gives way to them. */
function outsideAddresses(vip: string, config: VipConfig, network: Ipv4Network | undefined): readonly OutsideAddress[] {
  const ways = (["failoverIp", "routed"] as const).flatMap((way): OutsideAddress[] => {
    const address = config.public?.[way];
    // A routed address of the network is one of the network's like any other.
    if (address === undefined || (way === "routed" && network !== undefined && contains(network, address))) return [];
    return [{ vip, way, key: keyName(["vips", vip, "public", way]), address }];
  });
  const aliases = config.alias.flatMap((alias, index): OutsideAddress[] => {
    if (alias.interface === undefined) return [];
    return [{ vip, way: "alias", key: keyName(["vips", vip, "alias", index, "address"]), address: alias.address }];
  });
  return [...ways, ...aliases];
}

type Wrong = Pick<Problem, "why" | "remedy">;

function wrongPlace({ way, address }: OutsideAddress, network: Ipv4Network | undefined): Wrong | undefined {
  if (network === undefined || !contains(network, address)) return undefined;
  if (way === "alias") {
    return {
      why: `is of the private network ${network.cidr}, and names an interface of its own`,
      remedy: "leave interface out: the address is then reserved in the cloud and allowed on the nodes' ports",
    };
  }
  return {
    why: `is of the private network ${network.cidr}: nobody outside could reach it`,
    remedy: "write a public address, such as 198.51.100.10",
  };
}

function wrongKind({ way, address }: OutsideAddress): Wrong | undefined {
  const special = specialRange(address);
  if (special === undefined || way === "alias") return undefined;
  return {
    why: `is ${special.what}: nobody outside could reach it`,
    remedy: "write a public address, such as 198.51.100.10",
  };
}

function alreadyTaken({ vip, way }: OutsideAddress, owner: OutsideAddress | undefined): Wrong | undefined {
  if (owner === undefined) return undefined;
  if (owner.vip === vip) {
    // The routed address is announced on the private network, and may be held on another interface beside it.
    return owner.way === "routed" ? undefined : { why: "is one of this VIP's already", remedy: "list it once" };
  }
  const remedy = "give each VIP its own, or make the one an alias of the other";
  return way === "alias"
    ? { why: `is that of VIP "${owner.vip}" already: two masters would hold it`, remedy: "give each VIP its own" }
    : { why: `is that of VIP "${owner.vip}" already: it can lead to one master only`, remedy };
}
