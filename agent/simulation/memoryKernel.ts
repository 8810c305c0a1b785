/** A kernel in memory: interfaces, addresses with their lifetimes, sockets, routes; it remembers what a node did, in order. */
import {
  type Audience,
  isMacvlanWith,
  type Kernel,
  type Link,
  type LinkAddress,
  type PreferredSource,
  type ProtocolSocket,
  type SocketPlace,
  type WatchedAddresses,
} from "../interfaces/kernel.ts";
import { familyOf } from "../protocol/packet/ip.ts";
import { type Deed, saidBy } from "./deeds.ts";

type Operation = "add" | "remove" | "send" | "open" | "transmit" | "links" | "prefer" | "make" | "unmake" | "watch";

const MICROS_PER_SECOND = 1_000_000;
const OCTETS = 256;
export class MemoryKernel implements Kernel {
  readonly deeds: Deed[] = [];
  readonly sockets = new Set<SocketPlace>();
  /** Of those that do not hear everybody. */
  readonly audiences = new Map<SocketPlace, Audience>();
  /** Operations to refuse, with the errno. */
  readonly refusals = new Map<Operation, string>();
  /** What the segment answers for other machines' addresses. */
  readonly neighbours = new Map<string, string>();
  /** By interface, the addresses of which it hears who else says that it has them. */
  watched: WatchedAddresses = new Map();
  /** A whole number from 0 to below a bound: the same ones in every run of a simulation. */
  chance: (bound: number) => number;
  wallMs = Date.parse("2026-11-21T00:00:00.000Z");
  /** What lifetimes are counted by. */
  nowMicros = 0;
  #links: readonly Link[];
  /** When addresses go by themselves, by place. */
  readonly #expiries = new Map<string, number>();
  readonly #preferredSources = new Map<string, string>();

  constructor(links: readonly Link[]) {
    this.#links = [...links];
    this.chance = sequence(links.map(({ mac }) => mac).join());
  }

  links(): readonly Link[] {
    this.#refuse("links");
    return this.#links;
  }

  addAddress(linkIndex: number, address: LinkAddress): void {
    this.#refuse("add");
    if (
      this.#links.some((link) => link.index === linkIndex && link.addresses.some((other) => isSame(other, address)))
    ) {
      throw refusal("add", "EEXIST");
    }
    this.deeds.push({ kind: "add", address: textOf(address) });
    this.#set(linkIndex, address);
  }

  renewAddress(linkIndex: number, address: LinkAddress): void {
    this.#refuse("add");
    this.deeds.push({ kind: "renew", address: textOf(address) });
    this.#set(linkIndex, address);
  }

  #set(linkIndex: number, address: LinkAddress): void {
    this.change(linkIndex, (link) => ({
      ...link,
      addresses: [...link.addresses.filter((other) => textOf(other) !== textOf(address)), address],
    }));
    const lifetimeMicros = (address.lifetimeSeconds ?? Infinity) * MICROS_PER_SECOND;
    this.#expiries.set(`${textOf(address)} on ${linkIndex}`, this.nowMicros + lifetimeMicros);
  }

  removeAddress(linkIndex: number, address: LinkAddress): void {
    this.#refuse("remove");
    this.deeds.push({ kind: "remove", address: textOf(address) });
    this.drop(linkIndex, textOf(address));
  }

  openProtocolSocket(place: SocketPlace): ProtocolSocket {
    this.#refuse("open");
    this.sockets.add(place);
    return {
      send: (destination, payload) => {
        this.#refuse("send");
        const { source, link } = place;
        this.deeds.push({ kind: "send", linkIndex: link.index, source, destination, payload });
      },
      hearOnly: (audience) => {
        if (audience === undefined) this.audiences.delete(place);
        else this.audiences.set(place, audience);
      },
      close: () => {
        this.audiences.delete(place);
        this.sockets.delete(place);
      },
    };
  }

  transmit(_linkIndex: number, frame: Uint8Array): void {
    this.#refuse("transmit");
    this.deeds.push(saidBy(frame));
  }

  watchAddresses(watched: WatchedAddresses): void {
    this.#refuse("watch");
    this.watched = watched;
  }

  askNeighbour(_linkIndex: number, address: string): void {
    this.#refuse("transmit");
    this.deeds.push({ kind: "ask", address });
  }

  neighbourMac(_linkIndex: number, address: string): string | undefined {
    return this.neighbours.get(address);
  }

  setPreferredSource({ linkIndex, family, source }: PreferredSource): void {
    this.#refuse("prefer");
    const route = `IPv${family} over ${linkIndex}`;
    if (this.#preferredSources.get(route) === source) return;
    this.deeds.push({ kind: "prefer", linkIndex, source });
    if (source === undefined) this.#preferredSources.delete(route);
    else this.#preferredSources.set(route, source);
  }

  ensureVirtualInterface(linkIndex: number, name: string, mac: string): number {
    this.#refuse("make");
    const found = this.#links.find((link) => link.name === name);
    if (found !== undefined && !isMacvlanWith(mac, found)) throw refusal("make", "EEXIST");
    this.deeds.push({ kind: "make", name });
    const index = found?.index ?? Math.max(...this.#links.map((link) => link.index)) + 1;
    const addresses = found?.virtualOf === linkIndex ? found.addresses : [];
    const made: Link = { index, name, mac, running: true, virtualOf: linkIndex, macvlanMode: "bridge", addresses };
    this.#links = [...this.#links.filter((link) => link !== found), made];
    return index;
  }

  removeVirtualInterface(name: string, mac: string): void {
    this.#refuse("unmake");
    this.deeds.push({ kind: "unmake", name });
    this.#links = this.#links.filter((link) => link.name !== name || !isMacvlanWith(mac, link));
  }

  wallClockMs(): number {
    return this.wallMs;
  }

  randomOctets(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.chance(OCTETS));
  }

  /** Changes a link as an administrator or a cable would; the node is told by `networkChanged`. */
  change(linkIndex: number, edit: (link: Link) => Link): void {
    this.#links = this.#links.map((link) => (link.index === linkIndex ? edit(link) : link));
  }

  /** Takes an address off as an administrator would. */
  drop(linkIndex: number, address: string): void {
    this.#expiries.delete(`${address} on ${linkIndex}`);
    this.change(linkIndex, (link) => ({
      ...link,
      addresses: link.addresses.filter((other) => textOf(other) !== address),
    }));
  }

  /** When the next address goes by itself. */
  deadline(): number {
    return Math.min(Infinity, ...this.#expiries.values());
  }

  /** Lets time pass: addresses whose lifetime is over are gone. @returns whether there were any. */
  elapse(nowMicros: number): boolean {
    this.nowMicros = nowMicros;
    const over = [...this.#expiries].filter(([, expiry]) => expiry <= nowMicros);
    for (const [place] of over) {
      const [address = "", linkIndex] = place.split(" on ");
      this.drop(Number(linkIndex), address);
    }
    return over.length > 0;
  }

  /** Takes what was done since the last call. */
  takeDeeds(): Deed[] {
    return this.deeds.splice(0);
  }

  /** Every address on every link, with prefix lengths. */
  addresses(): string[] {
    return this.#links.flatMap(({ addresses }) => addresses.map(textOf));
  }

  /** The sources of the open sockets. */
  listening(): string[] {
    return Array.from(this.sockets, ({ source }) => source);
  }

  #refuse(operation: Operation): void {
    const code = this.refusals.get(operation);
    if (code !== undefined) throw refusal(operation, code);
  }
}

function refusal(operation: Operation, code: string): Error {
  return Object.assign(new Error(`${operation}: ${code}`), { code });
}

/** Whether an interface cannot have both: over IPv6 the prefix length makes no difference. */
function isSame(left: LinkAddress, right: LinkAddress): boolean {
  return left.address === right.address && (left.prefixLength === right.prefixLength || familyOf(left.address) === 6);
}

/** The multiplicative generator of Park and Miller: few would guess it, and nobody has to. Each machine has its own. */
function sequence(machine: string): (bound: number) => number {
  let state = new TextEncoder().encode(machine).reduce((sum, octet) => (sum * 31 + octet) % 2_147_483_646, 0) + 1;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}

function textOf({ address, prefixLength }: LinkAddress): string {
  return `${address}/${prefixLength}`;
}
