/** Rules of the network itself. */

import { type KeyPath, keyName } from "../../schema/explain.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import type { Draft } from "../../stackFile/shape.ts";
import { LONGEST_PREFIX, SHORTEST_PREFIX } from "../../values/addresses.ts";
import { canonicalCidr, contains, type Ipv4Network, parseCidr } from "../../values/ipv4.ts";

/** The private network of a draft; undefined when it has none that is well-formed. */
export function networkOf(draft: Draft): Ipv4Network | undefined {
  return draft.network === undefined ? undefined : parseCidr(draft.network.cidr);
}

/** The network must have room for the cloud's own addresses, a gateway and the nodes. */
export function networkRules(draft: Draft): readonly Problem[] {
  const network = networkOf(draft);
  if (network === undefined) return [];
  if (network.prefixLength >= SHORTEST_PREFIX && network.prefixLength <= LONGEST_PREFIX) return [];
  return [
    {
      key: keyName(["network", "cidr"]),
      value: showValue(network.cidr),
      why: network.prefixLength < SHORTEST_PREFIX ? "is larger than any private network" : "has no room for nodes",
      remedy: `write a network of /${SHORTEST_PREFIX} to /${LONGEST_PREFIX}, such as 10.25.0.0/24`,
    },
  ];
}

/** SSH must be allowed from somewhere, and neither it nor the metrics from everywhere. */
export function sourceRules({ ssh, metrics }: Draft): readonly Problem[] {
  return [
    ...tooOpen(["ssh", "allowFrom"], ssh?.allowFrom ?? [], {
      why: "SSH is not for everybody",
      remedy: "list the networks you work from, such as 198.51.100.0/24",
    }),
    ...tooOpen(["metrics", "allowFrom"], metrics?.allowFrom ?? [], {
      why: "metrics are not for everybody",
      remedy: "list the networks that collect them, such as 10.25.0.0/24",
    }),
  ];
}

function tooOpen(
  at: KeyPath,
  networks: readonly string[],
  { why, remedy }: { readonly why: string; readonly remedy: string },
): readonly Problem[] {
  return networks.flatMap((cidr, index) => {
    const network = parseCidr(cidr);
    if (network === undefined || network.prefixLength >= SHORTEST_PREFIX) return [];
    const everybody = canonicalCidr(network) === "0.0.0.0/0";
    return [
      {
        key: keyName([...at, index]),
        value: showValue(cidr),
        why: everybody ? `is the whole Internet: ${why}` : "is a large part of the Internet",
        remedy,
      },
    ];
  });
}

/** Whether an address may be somebody's: inside, and neither of the two ends. @returns why not */
export function whyNoHostAddress(network: Ipv4Network, address: number): string | undefined {
  if (!contains(network, address)) return `is outside the network ${network.cidr}`;
  if (address === network.first) return `is the network address of ${network.cidr}`;
  if (address === network.last) return `is the broadcast address of ${network.cidr}`;
  return undefined;
}
