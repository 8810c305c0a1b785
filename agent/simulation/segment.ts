/**
 * Machines joined by network segments, on a virtual clock. What one sends arrives at the others after the segment's delay,
 * and every deadline is met on the dot, in an order that depends on nothing but the code.
 */
import type { Reactor, SocketPlace } from "../interfaces/kernel.ts";
import { addressBytes, familyOf } from "../protocol/packet/ip.ts";
import type { Packet } from "../protocol/packet/packet.ts";
import { MULTICAST_GROUP } from "../protocol/packet/transport.ts";
import type { Deed } from "./deeds.ts";
import type { MemoryKernel } from "./memoryKernel.ts";

const EPOCH_MS = Date.parse("2026-11-21T00:00:00.000Z");
const MICROS_PER_MS = 1_000;
const OWN_TTL = 255;
/** So many turns at one moment mean that a node spins: it wants to be woken for something that it does not do then. */
const MAX_TURNS = 10_000;

type Sending = Extract<Deed, { readonly kind: "send" }>;

/** A machine: its kernel and what drives it. */
export interface Machine {
  readonly kernel: MemoryKernel;
  reactor: Reactor;
}

interface Arrival {
  readonly atMicros: number;
  readonly machine: Machine;
  readonly packet: Packet;
}

export interface SegmentOptions {
  /** How long a datagram is under way. Default: not at all. */
  readonly delayMicros?: (source: string, destination: string) => number;
  /** Which segment an interface is on. Default: those of equal index are on one. */
  readonly segmentOf?: (machine: Machine, linkIndex: number) => number;
}

export class Segment {
  nowMicros = 0;
  /** Since time moved on. */
  #turns = 0;
  /** Says which datagrams pass. */
  passes: (source: string, destination: string) => boolean = () => true;
  #machines: readonly Machine[];
  readonly #delayMicros: (source: string, destination: string) => number;
  readonly #segmentOf: (machine: Machine, linkIndex: number) => number;
  readonly #taken = new Map<Machine, number>();
  /** What is under way, in the order of sending. */
  #arrivals: readonly Arrival[] = [];
  /** What waits in the sockets of machines that stand still. */
  readonly #frozen = new Map<Machine, Packet[]>();

  constructor(machines: readonly Machine[], options: SegmentOptions = {}) {
    this.#machines = machines;
    this.#delayMicros = options.delayMicros ?? (() => 0);
    this.#segmentOf = options.segmentOf ?? ((_machine, linkIndex) => linkIndex);
  }

  /** Lets time pass. */
  run(durationMicros: number): void {
    const endMicros = this.nowMicros + durationMicros;
    this.deliver();
    while (!this.advance(endMicros)) continue;
  }

  /** Goes on to whatever happens next, at most to a time. @returns whether that time has come. */
  advance(limitMicros: number): boolean {
    const arrivals = this.#arrivals.map(({ atMicros }) => atMicros);
    const next = Math.min(limitMicros, ...arrivals, ...this.#machines.map((machine) => this.#deadlineOf(machine)));
    this.#turns = next > this.nowMicros ? 0 : this.#turns + 1;
    if (this.#turns > MAX_TURNS) throw new Error(`a node spins at ${this.nowMicros} µs`);
    this.nowMicros = Math.max(this.nowMicros, next);
    // What has arrived is heard before any timer is believed.
    this.deliver();
    for (const machine of this.#machines) this.#elapse(machine);
    this.deliver();
    return next >= limitMicros;
  }

  /** Delivers everything that has arrived, and what is sent in answer and arrives at once. */
  deliver(): void {
    for (;;) {
      for (const machine of this.#machines) this.#collect(machine);
      const arrived = this.#arrivals.filter(({ atMicros }) => atMicros <= this.nowMicros);
      if (arrived.length === 0) return;
      this.#arrivals = this.#arrivals.filter(({ atMicros }) => atMicros > this.nowMicros);
      for (const { machine, packet } of arrived) this.#give(machine, packet);
    }
  }

  /** Switches a machine off: nothing of it is heard from now on. */
  remove(machine: Machine): void {
    this.#machines = this.#machines.filter((other) => other !== machine);
    this.#arrivals = this.#arrivals.filter((arrival) => arrival.machine !== machine);
  }

  /** Stops a machine's process; its kernel goes on. */
  freeze(machine: Machine): void {
    this.#frozen.set(machine, []);
  }

  /** Lets the process go on, as its loop would: what waits in the sockets first, then time. */
  thaw(machine: Machine): void {
    const waiting = this.#frozen.get(machine) ?? [];
    this.#frozen.delete(machine);
    for (const packet of waiting) machine.reactor.receive(packet, this.nowMicros);
    machine.reactor.networkChanged(this.nowMicros);
    machine.reactor.tick(this.nowMicros);
    this.deliver();
  }

  /** Forgets what a machine did so far, messages included that are not under way yet. @returns what that was. */
  takeDeeds(machine: Machine): Deed[] {
    this.#taken.set(machine, 0);
    return machine.kernel.takeDeeds();
  }

  #deadlineOf(machine: Machine): number {
    const process = this.#frozen.has(machine) ? undefined : machine.reactor.deadline();
    return Math.min(process ?? Infinity, machine.kernel.deadline());
  }

  #elapse(machine: Machine): void {
    const { kernel, reactor } = machine;
    kernel.wallMs = EPOCH_MS + Math.floor(this.nowMicros / MICROS_PER_MS);
    const hasChanged = kernel.elapse(this.nowMicros);
    if (this.#frozen.has(machine)) return;
    if (hasChanged) reactor.networkChanged(this.nowMicros);
    reactor.tick(this.nowMicros);
  }

  /** Sends off what a machine sent since the last time. */
  #collect(machine: Machine): void {
    const { deeds } = machine.kernel;
    const sent = deeds.slice(this.#taken.get(machine) ?? 0).filter((deed) => deed.kind === "send");
    this.#taken.set(machine, deeds.length);
    const passing = sent.filter(({ source, destination }) => this.passes(source, destination));
    if (passing.length > 0)
      this.#arrivals = [...this.#arrivals, ...passing.flatMap((deed) => this.#carry(machine, deed))];
  }

  #carry(sender: Machine, { linkIndex, source, destination, payload }: Sending): Arrival[] {
    const atMicros = this.nowMicros + this.#delayMicros(source, destination);
    const segment = this.#segmentOf(sender, linkIndex);
    return this.#machines.flatMap((machine): Arrival[] => {
      if (machine === sender) return [];
      const place = [...machine.kernel.sockets].find(
        (socket) => this.#segmentOf(machine, socket.link.index) === segment && heardBy(socket) === destination,
      );
      if (place === undefined) return [];
      return [{ atMicros, machine, packet: packet(source, destination, payload, { linkIndex: place.link.index }) }];
    });
  }

  #give(machine: Machine, arriving: Packet): void {
    const waiting = this.#frozen.get(machine);
    if (waiting === undefined) machine.reactor.receive(arriving, this.nowMicros);
    else waiting.push(arriving);
  }
}

function heardBy({ source, multicast }: SocketPlace): string {
  return multicast ? MULTICAST_GROUP[familyOf(source)] : source;
}

/** A packet as a raw socket gives it, over IPv4 with the header that the sender's kernel put on. */
export function packet(
  source: string,
  destination: string,
  payload: Uint8Array,
  { ttl = OWN_TTL, linkIndex = 2 }: { readonly ttl?: number; readonly linkIndex?: number } = {},
): Packet {
  if (familyOf(source) === 6) return { family: 6, linkIndex, source, destination, hopLimit: ttl, payload };
  const datagram = new Uint8Array(20 + payload.length);
  datagram.set([0x45, 0xc0, 0, datagram.length, 0, 0, 0x40, 0, ttl, 112]);
  datagram.set(addressBytes(source), 12);
  datagram.set(addressBytes(destination), 16);
  datagram.set(payload, 20);
  return { family: 4, linkIndex, datagram };
}
