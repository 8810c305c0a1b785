/** A kernel in memory, and a segment that joins several: the same node code as in production, on a clock of the test's. */
import { type AgentConfig, type AgentConfigInput, agentConfigSchema } from "../../agent/config/document.ts";
import type { Kernel, Link, LinkAddress, PreferredSource, ProtocolSocket, Reactor, SocketPlace } from "../../agent/node/kernel.ts";
import { AgentNode } from "../../agent/node/node.ts";
import type { NodeReport } from "../../agent/node/report.ts";
import { addressBytes } from "../../agent/protocol/ip.ts";
import type { Packet } from "../../agent/protocol/packet.ts";

/** What a node did, in order. */
export type Deed =
  | { readonly kind: "send"; readonly source: string; readonly destination: string; readonly payload: Uint8Array }
  | { readonly kind: "add" | "renew" | "remove"; readonly address: string }
  | { readonly kind: "announce"; readonly address: string; readonly mac: string };

export class FakeKernel implements Kernel {
  readonly deeds: Deed[] = [];
  readonly openSockets = new Set<string>();
  /** By link: what its default route prefers as source. */
  readonly preferredSources = new Map<number, string | undefined>();
  /** By name: the link it was made on. */
  readonly virtualInterfaces = new Map<string, number>();
  /** Operations to refuse, with the errno. */
  readonly refusals = new Map<"add" | "remove" | "send" | "open" | "transmit" | "links", string>();
  wallMs = Date.parse("2026-11-21T00:00:00.000Z");
  #links: Link[];

  constructor(links: readonly Link[]) {
    this.#links = [...links];
  }

  links(): readonly Link[] {
    this.#refuse("links");
    return this.#links;
  }

  addAddress(linkIndex: number, address: LinkAddress): void {
    this.#refuse("add");
    this.deeds.push({ kind: this.addresses().includes(textOf(address)) ? "renew" : "add", address: textOf(address) });
    this.change(linkIndex, (link) => ({
      ...link,
      addresses: [...link.addresses.filter((other) => textOf(other) !== textOf(address)), address],
    }));
  }

  removeAddress(linkIndex: number, address: LinkAddress): void {
    this.#refuse("remove");
    this.deeds.push({ kind: "remove", address: textOf(address) });
    this.change(linkIndex, (link) => ({
      ...link,
      addresses: link.addresses.filter((other) => textOf(other) !== textOf(address)),
    }));
  }

  openProtocolSocket({ source }: SocketPlace): ProtocolSocket {
    this.#refuse("open");
    this.openSockets.add(source);
    return {
      send: (destination, payload) => {
        this.#refuse("send");
        this.deeds.push({ kind: "send", source, destination, payload });
      },
      close: () => {
        this.openSockets.delete(source);
      },
    };
  }

  transmit(_linkIndex: number, frame: Uint8Array): void {
    this.#refuse("transmit");
    const mac = Array.from(frame.subarray(6, 12), (octet) => octet.toString(16).padStart(2, "0")).join(":");
    this.deeds.push({ kind: "announce", address: frame.subarray(28, 32).join("."), mac });
  }

  setPreferredSource(change: PreferredSource): void {
    this.preferredSources.set(change.linkIndex, change.source);
  }

  ensureVirtualInterface(linkIndex: number, name: string, mac: string): number {
    const existing = this.#links.find((link) => link.name === name);
    if (existing !== undefined) return existing.index;
    const index = Math.max(...this.#links.map((link) => link.index)) + 1;
    this.virtualInterfaces.set(name, linkIndex);
    this.#links = [...this.#links, { index, name, mac, running: true, addresses: [] }];
    return index;
  }

  removeVirtualInterface(name: string): void {
    this.#links = this.#links.filter((link) => link.name !== name);
  }

  wallClockMs(): number {
    return this.wallMs;
  }

  /** Changes a link as an administrator or a cable would; the node is told by `networkChanged`. */
  change(linkIndex: number, edit: (link: Link) => Link): void {
    this.#links = this.#links.map((link) => (link.index === linkIndex ? edit(link) : link));
  }

  /** Takes what was done since the last call. */
  takeDeeds(): Deed[] {
    return this.deeds.splice(0);
  }

  /** Every address on every link, with prefix lengths. */
  addresses(): string[] {
    return this.#links.flatMap(({ addresses }) => addresses.map(textOf));
  }

  #refuse(operation: "add" | "remove" | "send" | "open" | "transmit" | "links"): void {
    const code = this.refusals.get(operation);
    if (code !== undefined) throw Object.assign(new Error(`${operation}: ${code}`), { code });
  }
}

function textOf({ address, prefixLength }: LinkAddress): string {
  return `${address}/${prefixLength}`;
}

/** An interface eth0 that has one own address, and perhaps more. */
export function ethernet(address: string, ...others: readonly LinkAddress[]): Link {
  const mac = `02:00:00:00:00:${Number(address.split(".").at(-1)).toString(16).padStart(2, "0")}`;
  const own = { address, prefixLength: 24, origin: 0 };
  return { index: 2, name: "eth0", mac, running: true, addresses: [own, ...others] };
}

type RouterInput = Extract<AgentConfigInput["virtualRouters"][number], { readonly protocol: "vrrp" }>;

/** A configuration of node `edge-N`, own address 10.25.0.1N, with one virtual router `web` unless more are given. */
export function configOf(
  number: number,
  web: Partial<RouterInput> = {},
  ...others: readonly Partial<RouterInput>[]
): AgentConfig {
  const virtualRouters = [web, ...others].map(
    (router): RouterInput => ({
      name: "web",
      protocol: "vrrp",
      virtualRouterId: 10,
      priority: 100,
      sourceAddress: `10.25.0.1${number}`,
      peers: [`10.25.0.1${3 - number}`],
      addresses: ["10.25.0.10/32"],
      ...router,
    }),
  );
  return agentConfigSchema.parse({ version: 1, node: `edge-${number}`, virtualRouters });
}

/** A packet as a raw socket gives it, with the header that the sender's kernel put on. */
export function packet(source: string, destination: string, payload: Uint8Array, ttl = 255): Packet {
  return { family: 4, linkIndex: 2, datagram: datagram(source, destination, payload, ttl) };
}

function datagram(source: string, destination: string, payload: Uint8Array, ttl: number): Uint8Array {
  const bytes = new Uint8Array(20 + payload.length);
  bytes.set([0x45, 0xc0, 0, bytes.length, 0, 0, 0x40, 0, ttl, 112]);
  bytes.set(addressBytes(source), 12);
  bytes.set(addressBytes(destination), 16);
  bytes.set(payload, 20);
  return bytes;
}

/** A machine of the segment: what drives it, its kernel, and what it reported. */
export interface Machine {
  readonly kernel: FakeKernel;
  readonly reports: NodeReport[];
  reactor: Reactor;
}

/** A node on a machine of its own, not started. */
export function machineWith(config: AgentConfig, link: Link): Machine & { reactor: AgentNode } {
  const kernel = new FakeKernel([link]);
  const reports: NodeReport[] = [];
  return { kernel, reports, reactor: new AgentNode(config, kernel, (report) => reports.push(report)) };
}

/** Joins machines: what one sends arrives at the other at once, in an order that depends on nothing but the code. */
export class Segment {
  nowMicros = 0;
  readonly #machines: readonly Machine[];
  /** Says which datagrams pass. */
  passes: (source: string, destination: string) => boolean = () => true;
  readonly #delivered = new Map<Machine, number>();

  constructor(machines: readonly Machine[]) {
    this.#machines = machines;
  }

  /** Lets time pass, every deadline met on the dot. */
  run(durationMicros: number): void {
    const endMicros = this.nowMicros + durationMicros;
    this.deliver();
    for (;;) {
      const deadlines = this.#machines.flatMap(({ reactor }) => reactor.deadline() ?? []);
      const next = Math.min(endMicros, ...deadlines);
      this.nowMicros = Math.max(this.nowMicros, next);
      for (const { reactor, kernel } of this.#machines) {
        kernel.wallMs = Date.parse("2026-11-21T00:00:00.000Z") + Math.floor(this.nowMicros / 1_000);
        reactor.tick(this.nowMicros);
      }
      this.deliver();
      if (next >= endMicros) return;
    }
  }

  /** Delivers everything sent and not yet delivered, and what is sent in answer. */
  deliver(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const machine of this.#machines) {
        for (const deed of machine.kernel.deeds.slice(this.#delivered.get(machine) ?? 0)) {
          if (deed.kind !== "send" || !this.passes(deed.source, deed.destination)) continue;
          const receiver = this.#machines.find(({ kernel }) => kernel.openSockets.has(deed.destination));
          receiver?.reactor.receive(packet(deed.source, deed.destination, deed.payload), this.nowMicros);
          busy ||= receiver !== undefined;
        }
        this.#delivered.set(machine, machine.kernel.deeds.length);
      }
    }
  }
}

/** The changes of role that were reported: `web backup>master master-down`. */
export function transitions(reports: readonly NodeReport[]): string[] {
  return reports.flatMap((report) =>
    report.kind === "transition" ? `${report.virtualRouter} ${report.from}>${report.to} ${report.reason}` : [],
  );
}

/** The messages logged at one level. */
export function logged(reports: readonly NodeReport[], level: string): string[] {
  return reports.flatMap((report) => (report.kind === "log" && report.level === level ? report.message : []));
}

/** The deeds by kind, sends with the priority they carry: `send 200`. Renewed leases are no part of a story. */
export function story(deeds: readonly Deed[]): string[] {
  return deeds.flatMap((deed) => {
    if (deed.kind === "send") return `send ${deed.payload[2] ?? ""}`;
    return deed.kind === "renew" ? [] : `${deed.kind} ${deed.address}`;
  });
}
