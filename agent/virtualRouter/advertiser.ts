/** Sends a virtual router's advertisements to its peers or its group, and counts what happened to them. */

import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { type ProtocolSocket } from "../interfaces/kernel.ts";
import type { SocketNeed } from "../interfaces/protocolSockets.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import { Counter } from "../logging/counter.ts";
import type { LogFields } from "../logging/logLine.ts";
import { familyOf } from "../protocol/packet/ip.ts";
import { MULTICAST_GROUP } from "../protocol/packet/transport.ts";
import type { Counters } from "./status.ts";

/** What sending needs of the node. */
export interface AdvertiserDependencies {
  /** The socket for an own address, if that address is on this machine. */
  socketOf(need: SocketNeed): ProtocolSocket | undefined;
  /** Writes a line of the log unless there were many of the kind. */
  warn(kind: string, message: string, fields: LogFields, nowMicros: number): void;
}

export class Advertiser {
  readonly #dependencies: AdvertiserDependencies;
  readonly #errors = new Counter();
  #sent = 0;

  constructor(dependencies: AdvertiserDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Sends to the group, or to each peer. What the kernel refuses for one does not keep it from the others.
   * @returns whether it left for any of them.
   */
  send(messageFor: (destination: string) => Uint8Array, config: VirtualRouterConfig, nowMicros: number): boolean {
    const socket = this.#dependencies.socketOf(config);
    let hasLeft = false;
    for (const destination of destinationsOf(config)) {
      const code = attempt(socket, destination, messageFor);
      if (code === undefined) {
        this.#sent += 1;
        hasLeft = true;
        continue;
      }
      this.#errors.count(code);
      const { name } = config;
      const fields = { virtualRouter: name, peer: destination, error: code };
      this.#dependencies.warn(`${name} send ${destination} ${code}`, "advertisement not sent", fields, nowMicros);
    }
    return hasLeft;
  }

  counters(): Pick<Counters, "sent" | "sendErrors"> {
    return { sent: this.#sent, sendErrors: this.#errors.counts() };
  }
}

/** Where an advertisement of this virtual router goes. */
export function destinationsOf({ multicast, peers, sourceAddress }: VirtualRouterConfig): readonly string[] {
  return multicast ? [MULTICAST_GROUP[familyOf(sourceAddress)]] : peers;
}

/** Sends one message. @returns the errno's name when it was refused. */
function attempt(
  socket: ProtocolSocket | undefined,
  destination: string,
  messageFor: (destination: string) => Uint8Array,
): string | undefined {
  if (socket === undefined) return "EADDRNOTAVAIL";
  try {
    socket.send(destination, messageFor(destination));
    return undefined;
  } catch (error) {
    if (!isKernelError(error)) throw error;
    return error.code;
  }
}
