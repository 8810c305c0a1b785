/** A peer link leads to the other nodes, each under one name and its own addresses. */

import { keysOf, type PeerLinkConfig } from "../schema/peerLink.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

export function peerLinkErrors(node: string, config: PeerLinkConfig): CrossFieldError[] {
  return [...peerContradictions(node, config), ...keyContradictions(config)];
}

/** A number names one key. */
function keyContradictions(config: PeerLinkConfig): CrossFieldError[] {
  const numbers = keysOf(config).map(({ number }) => number);
  return config.otherKeys.flatMap(({ number }, index): CrossFieldError[] => {
    if (numbers.indexOf(number) === index + 1) return [];
    const message = `${number} is the number of another key: number each key differently`;
    return [{ path: ["peerLink", "otherKeys", index, "number"], input: number, message }];
  });
}

function peerContradictions(node: string, { listen, peers }: PeerLinkConfig): CrossFieldError[] {
  const taken = new Map<string, string>(listen.map((address) => [address, "this node"]));
  return peers.flatMap((peer, index): CrossFieldError[] => {
    const at = ["peerLink", "peers", index];
    const nameProblem =
      peer.node === node
        ? "is this node: list the others only"
        : peers.findIndex((other) => other.node === peer.node) < index
          ? "is a peer already: list all its paths in one place"
          : undefined;
    return [
      ...(nameProblem === undefined
        ? []
        : [{ path: [...at, "node"], input: peer.node, message: `"${peer.node}" ${nameProblem}` }]),
      ...peer.paths.flatMap((path, position): CrossFieldError[] => {
        const owner = taken.get(path);
        taken.set(path, `"${peer.node}"`);
        if (owner === undefined) return [];
        return [
          {
            path: [...at, "paths", position],
            input: path,
            message: `${path} is an address of ${owner} already: list it once`,
          },
        ];
      }),
    ];
  });
}
