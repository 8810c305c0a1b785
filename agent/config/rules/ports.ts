/** TCP ports that the agent listens on: each free for it. */

import type { AgentConfig } from "../schema/document.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

const SSH = 22;

/** The peer link's and the metrics' port, where they are SSH's or each other's on the same address. */
export function portErrors({ peerLink, metrics }: AgentConfig): CrossFieldError[] {
  const isShared =
    peerLink !== undefined && metrics?.port === peerLink.port && peerLink.listen.includes(metrics.listen);
  return [
    ...(peerLink?.port === SSH ? [taken("peerLink", SSH, "SSH's")] : []),
    ...(metrics?.port === SSH ? [taken("metrics", SSH, "SSH's")] : []),
    ...(isShared ? [taken("metrics", peerLink.port, "the peer link's")] : []),
  ];
}

function taken(section: string, port: number, whose: string): CrossFieldError {
  return { path: [section, "port"], input: port, message: `${port} is ${whose} port already: write another` };
}
