/** One virtual router, one IP version: its source, its peers and its addresses agree (RFC 9568 5.2.9). */
import { familyOf } from "../../protocol/packet/ip.ts";
import { isLinkLocal } from "../fields/hostAddress.ts";
import type { VirtualRouterConfig } from "../schema/virtualRouter.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

type Path = CrossFieldError["path"];

/** Every virtual router that mixes IP versions, or lacks what its own needs. */
export function familyErrors(routers: readonly VirtualRouterConfig[]): CrossFieldError[] {
  return routers.flatMap((router, index) => {
    const at: Path = ["virtualRouters", index];
    return [...audience(router, at), ...linkLocalSource(router, at), ...mixed(router, at), ...firstAddress(router, at)];
  });
}

function audience({ multicast, peers }: VirtualRouterConfig, at: Path): CrossFieldError[] {
  if (multicast || peers.length > 0) return [];
  const message =
    "is empty, so nobody would hear this node: list the own addresses of the other members, or set multicast";
  return [{ path: [...at, "peers"], input: peers, message }];
}

/** RFC 9568 5.1.2.1. The same link-local address may be on every link, so the interface must be named. */
function linkLocalSource({ sourceAddress, interface: link }: VirtualRouterConfig, at: Path): CrossFieldError[] {
  if (familyOf(sourceAddress) === 4) return [];
  const path = [...at, "sourceAddress"];
  if (!isLinkLocal(sourceAddress)) {
    const message = `${sourceAddress} is not link-local, as an IPv6 source must be: write the interface's own fe80:: address`;
    return [{ path, input: sourceAddress, message }];
  }
  if (link !== undefined) return [];
  const message = `${sourceAddress} is link-local, and may be on any link: name its interface in "interface"`;
  return [{ path, input: sourceAddress, message }];
}

function mixed({ sourceAddress, peers, addresses }: VirtualRouterConfig, at: Path): CrossFieldError[] {
  const family = familyOf(sourceAddress);
  const wrong = (path: Path, input: string): CrossFieldError[] =>
    familyOf(input) === family
      ? []
      : [
          {
            path,
            input,
            message: `${input} is not IPv${family} as the source ${sourceAddress} is: make it a virtual router of its own`,
          },
        ];
  return [
    ...peers.flatMap((peer, index) => wrong([...at, "peers", index], peer)),
    ...addresses.flatMap(({ address }, index) => wrong([...at, "addresses", index], address)),
  ];
}

/** RFC 9568 5.2.9: over IPv6 the first address is the virtual router's link-local one. */
function firstAddress({ protocol, addresses }: VirtualRouterConfig, at: Path): CrossFieldError[] {
  const first = addresses[0]?.address.split("/")[0];
  if (protocol !== "vrrp" || first === undefined || familyOf(first) === 4 || isLinkLocal(first)) return [];
  const message = `${first} is not link-local, as the first address over IPv6 must be: put one such as fe80::10/64 before it`;
  return [{ path: [...at, "addresses", 0], input: first, message }];
}
