/** The real kernel: what a node asks for, done with the system calls of linux/. */
import { randomBytes } from "node:crypto";
import { release } from "node:os";
import { join } from "node:path";
import type {
  Kernel,
  Link,
  LinkAddress,
  PreferredSource,
  ProtocolSocket,
  SocketPlace,
  WatchedAddresses,
} from "../../interfaces/kernel.ts";
import { addAddress, removeAddress, renewAddress } from "../../linux/netlink/addresses.ts";
import { AddressMarks, keepsMarks, recordFile } from "../../linux/netlink/addressMarks.ts";
import { LinkTable } from "../../linux/netlink/linkTable.ts";
import { askNeighbour, neighbourMac } from "../../linux/netlink/neighbours.ts";
import { setPreferredSource } from "../../linux/netlink/preferredSource.ts";
import { RouteSocket } from "../../linux/netlink/rtnetlink.ts";
import { ensureVirtualInterface, removeVirtualInterface } from "../../linux/netlink/virtualInterface.ts";
import { ConflictSockets } from "../../linux/sockets/conflictSocket.ts";
import { PacketReader } from "../../linux/sockets/packetReader.ts";
import { type PacketFds, PacketSocket } from "../../linux/sockets/packetSocket.ts";
import { RawSocket } from "../../linux/sockets/rawSocket.ts";
import { SystemCallError } from "../../linux/system/libc.ts";
import { PollSet } from "../../linux/system/poll.ts";
import { warmUp } from "../../linux/warmUp.ts";
import type { Packet } from "../../protocol/packet/packet.ts";
import { PROTOCOL_NUMBER } from "../../protocol/packet/transport.ts";

/** So many packets of one socket are read in a row before time is looked at again: a flood delays, it does not stop. */
const READS_PER_TURN = 256;
const LOOPBACK = 1;
/** No interface ever has this address. */
const NO_ADDRESS: LinkAddress = { address: "0.0.0.0", prefixLength: 32, origin: 0 };

/** What was ready when the wait ended. */
export interface Readiness {
  readonly sockets: readonly number[];
  /** Those that hear of address conflicts. */
  readonly conflicts: readonly number[];
  readonly network: boolean;
  readonly woken: boolean;
}

export class LinuxKernel implements Kernel {
  readonly #route = new RouteSocket();
  readonly #links = new LinkTable(this.#route, PROTOCOL_NUMBER);
  readonly #packets: PacketSocket;
  readonly #conflicts: ConflictSockets;
  readonly #reader = new PacketReader();
  readonly #sockets = new Map<number, RawSocket>();
  readonly #wakeFd: number | undefined;
  /** Of a kernel that does not keep them itself. */
  readonly #marks: AddressMarks | undefined;
  #pollSet: PollSet | undefined;
  readonly #nothing = new PollSet([]);

  /**
   * @param stateDirectory where to write down what a kernel without marks cannot tell, see linux/netlink/addressMarks.ts.
   * @param wakeFd a descriptor that ends a wait when it becomes readable.
   * @param packetFds which are the kernel's to close; absent: it opens those that it needs.
   * @throws SystemCallError `EPERM` without CAP_NET_RAW and CAP_NET_ADMIN, so that a node never starts without them.
   */
  constructor(stateDirectory: string, wakeFd?: number, packetFds?: PacketFds) {
    this.#packets = new PacketSocket(packetFds?.frames);
    this.#conflicts = new ConflictSockets(packetFds?.conflicts);
    const record = recordFile(join(stateDirectory, "addresses.json"));
    this.#marks = keepsMarks(release()) ? undefined : new AddressMarks(record);
    this.#wakeFd = wakeFd;
    this.#refuseWithoutNetAdmin();
  }

  links(): readonly Link[] {
    const links = this.#links.links();
    return this.#marks?.mark(links) ?? links;
  }

  addAddress(linkIndex: number, address: LinkAddress): void {
    this.#marks?.note(linkIndex, address);
    try {
      addAddress(this.#route, linkIndex, address);
    } catch (error) {
      this.#marks?.forget(linkIndex, address);
      throw error;
    }
    this.#links.noteSet(linkIndex, address);
  }

  renewAddress(linkIndex: number, address: LinkAddress): void {
    this.#marks?.note(linkIndex, address);
    renewAddress(this.#route, linkIndex, address);
    this.#links.noteSet(linkIndex, address);
  }

  removeAddress(linkIndex: number, address: LinkAddress): void {
    removeAddress(this.#route, linkIndex, address);
    this.#links.noteRemoved(linkIndex, address);
  }

  openProtocolSocket(place: SocketPlace): ProtocolSocket {
    const socket = new RawSocket(place);
    this.#sockets.set(socket.fd, socket);
    this.#pollSet = undefined;
    return {
      send: (destination, payload) => {
        socket.send(destination, payload);
      },
      hearOnly: (audience) => {
        socket.hearOnly(audience);
      },
      close: () => {
        this.#sockets.delete(socket.fd);
        this.#pollSet = undefined;
        socket.close();
      },
    };
  }

  transmit(linkIndex: number, frame: Uint8Array): void {
    this.#packets.transmit(linkIndex, frame);
  }

  watchAddresses(watched: WatchedAddresses): void {
    this.#pollSet = undefined;
    this.#conflicts.watch(watched);
  }

  askNeighbour(linkIndex: number, address: string): void {
    askNeighbour(this.#route, linkIndex, address);
  }

  neighbourMac(linkIndex: number, address: string): string | undefined {
    return neighbourMac(this.#route, linkIndex, address);
  }

  setPreferredSource(change: PreferredSource): void {
    setPreferredSource(this.#route, change);
  }

  ensureVirtualInterface(linkIndex: number, name: string, mac: string): number {
    return ensureVirtualInterface(this.#route, linkIndex, name, mac);
  }

  removeVirtualInterface(name: string, mac: string): void {
    removeVirtualInterface(this.#route, name, mac);
  }

  wallClockMs(): number {
    return Date.now();
  }

  randomOctets(length: number): Uint8Array {
    return randomBytes(length);
  }

  /** Makes the first takeover as quick as the later ones; see warmUp.ts. Takes some milliseconds. */
  warmUp(): void {
    warmUp({ route: this.#route, packets: this.#packets, reader: this.#reader });
  }

  /** Blocks until something is there or the time is over; undefined waits forever. */
  wait(timeoutMicros: number | undefined): Readiness {
    const wakeFds = this.#wakeFd === undefined ? [] : [this.#wakeFd];
    this.#pollSet ??= new PollSet([...wakeFds, this.#links.fd, ...this.#sockets.keys(), ...this.#conflicts.fds]);
    // What was found out while looking at the links has to be told, too.
    const ready = this.#pollSet.wait(this.#links.hasNews ? 0 : timeoutMicros);
    return {
      sockets: ready.filter((fd) => this.#sockets.has(fd)),
      conflicts: ready.filter((fd) => this.#conflicts.has(fd)),
      network: (ready.includes(this.#links.fd) || this.#links.hasNews) && this.#links.takeChange(),
      woken: this.#wakeFd !== undefined && ready.includes(this.#wakeFd),
    };
  }

  /** Blocks for a time, whatever waits. */
  rest(micros: number): void {
    this.#nothing.wait(micros);
  }

  /** Reads what waits in a socket; each packet's bytes are valid until the next one is given. */
  readEach(fd: number, take: (packet: Packet) => void): void {
    for (let count = 0; count < READS_PER_TURN; count++) {
      // What is taken may end in the socket being closed.
      const socket = this.#sockets.get(fd);
      const packet = socket === undefined ? "nothing" : this.#reader.read(socket);
      if (packet === "nothing") return;
      if (packet !== "passed-over") take(packet);
    }
  }

  /** Reads the frames that wait; each one's bytes are valid until the next one is given. */
  overhearEach(fd: number, take: (frame: Uint8Array) => void): void {
    this.#conflicts.readEach(fd, take);
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#route.close();
    this.#links.close();
    this.#packets.close();
    this.#conflicts.close();
    this.#reader.close();
  }

  /** The packet socket proves CAP_NET_RAW; this removes what is not there, which takes CAP_NET_ADMIN all the same. */
  #refuseWithoutNetAdmin(): void {
    try {
      this.removeAddress(LOOPBACK, NO_ADDRESS);
    } catch (error) {
      if (error instanceof SystemCallError && error.code === "EPERM") throw error;
    }
  }
}
