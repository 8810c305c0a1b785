/** Sends a virtual router's advertisements to its peers, and counts what became of them. */
import type { VirtualRouterConfig } from "../config/document.ts";
import { encodeVrrp, type VrrpAdvertisement } from "../protocol/vrrp.ts";
import { isKernelError, type VrrpSocket } from "./kernel.ts";
import type { ReportFields } from "./report.ts";
import type { Counters } from "./status.ts";
import { Tally } from "./tally.ts";

/** What sending needs of the node. */
export interface AdvertiserSurroundings {
  /** The socket of an own address, if that address is on this machine. */
  socketOf(source: string): VrrpSocket | undefined;
  /** Writes a line of the log unless there were many of the kind. */
  warn(kind: string, message: string, fields: ReportFields, nowMicros: number): void;
}

export class Advertiser {
  readonly #surroundings: AdvertiserSurroundings;
  readonly #errors = new Tally();
  #sent = 0;

  constructor(surroundings: AdvertiserSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Sends to each peer by unicast. What the kernel refuses for one does not keep it from the others. */
  send(
    advertisement: VrrpAdvertisement,
    { name, sourceAddress: source, peers }: VirtualRouterConfig,
    nowMicros: number,
  ): void {
    const socket = this.#surroundings.socketOf(source);
    for (const destination of peers) {
      const code = attempt(socket, destination, encodeVrrp(advertisement, { source, destination }));
      if (code === undefined) {
        this.#sent += 1;
        continue;
      }
      this.#errors.count(code);
      const fields = { virtualRouter: name, peer: destination, error: code };
      this.#surroundings.warn(`${name} send ${destination} ${code}`, "advertisement not sent", fields, nowMicros);
    }
  }

  counters(): Pick<Counters, "sent" | "sendErrors"> {
    return { sent: this.#sent, sendErrors: this.#errors.counts() };
  }
}

/** Sends one message. @returns the errno's name when it was refused. */
function attempt(socket: VrrpSocket | undefined, destination: string, message: Uint8Array): string | undefined {
  if (socket === undefined) return "EADDRNOTAVAIL";
  try {
    socket.send(destination, message);
    return undefined;
  } catch (error) {
    if (!isKernelError(error)) throw error;
    return error.code;
  }
}
