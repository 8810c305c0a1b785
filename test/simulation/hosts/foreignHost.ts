/** A machine with somebody else's program in the group: starts it, stops it, loses it, and holds what it is told to. */
import type { AgentConfig } from "../../../agent/config/schema/document.ts";
import type { ProtocolSocket } from "../../../agent/interfaces/kernel.ts";
import { encodeGratuitousArp } from "../../../agent/protocol/neighbours/arp.ts";
import { encodeNeighbourAdvertisement } from "../../../agent/protocol/neighbours/ndp.ts";
import { familyOf } from "../../../agent/protocol/packet/ip.ts";
import type { MemberPlan } from "../machine/group.ts";
import type { Host } from "../machine/host.ts";
import type { Server } from "../machine/server.ts";
import type { ForeignProgram, Grip } from "./foreignProgram.ts";
import { Keepalived } from "./keepalived.ts";
import type { Surroundings } from "./surroundings.ts";
import { Ucarp } from "./ucarp.ts";

/** Marks of addresses that the program set itself; nothing depends on it. */
const ORIGIN = 18;

export class ForeignHost implements Host {
  readonly name: string;
  readonly runs: "keepalived" | "ucarp";
  readonly server: Server;
  readonly config: AgentConfig;
  readonly #world: Surroundings;
  #program: ForeignProgram | undefined;

  constructor(plan: MemberPlan, server: Server, world: Surroundings) {
    this.name = plan.name;
    this.runs = plan.runs === "keepalived" ? "keepalived" : "ucarp";
    this.server = server;
    this.config = plan.config;
    this.#world = world;
  }

  get isFit(): boolean {
    return this.server.runs && this.server.answers && this.#program !== undefined;
  }

  start(): void {
    if (this.#program !== undefined || this.server.power !== "on") return;
    const grip = this.#grip();
    const program = this.runs === "keepalived" ? new Keepalived(grip) : new Ucarp(grip, this.#world.random);
    this.#program = program;
    this.server.run(program, (nowMicros) => {
      program.start(nowMicros);
    });
  }

  stop(): void {
    this.server.tell(() => {
      this.#program?.stop();
    });
    this.server.end();
    this.#program = undefined;
    this.#world.noteEnd(this);
  }

  crash(): void {
    this.#program = undefined;
    this.server.cut();
    this.#world.noteEnd(this);
  }

  boot(): void {
    if (this.server.power !== "off") return;
    this.server.boot();
    this.start();
  }

  afterStep(): void {
    // It ends when it is told to, and not by itself.
  }

  #grip(): Grip {
    const { server } = this;
    const { kernel, link } = server;
    const [config] = this.config.virtualRouters;
    if (config === undefined) throw new Error("a foreigner without a virtual router");
    const { sourceAddress: source, multicast, peers } = config;
    const socket: ProtocolSocket = kernel.openProtocolSocket({ link, source, multicast });
    const addresses = config.addresses.map(({ address }) => {
      const [text = "", prefixLength = "32"] = address.split("/");
      return { address: text, prefixLength: Number(prefixLength), origin: ORIGIN };
    });
    const group = familyOf(source) === 4 ? "224.0.0.18" : "ff02::12";
    return {
      config,
      send: (payloadFor) => {
        for (const destination of multicast ? [group] : peers) socket.send(destination, payloadFor(destination));
      },
      hold: () => {
        for (const address of addresses) kernel.addAddress(link.index, address);
      },
      letGo: () => {
        for (const address of addresses) kernel.removeAddress(link.index, address);
      },
      announce: () => {
        for (const { address } of addresses) kernel.transmit(link.index, frameFor(address, link.mac));
      },
      became: (from, to) => {
        this.#world.noteRole(this, { virtualRouter: config.name, from, to, reason: "foreign" });
      },
    };
  }
}

function frameFor(address: string, mac: string): Uint8Array {
  if (familyOf(address) === 6) return encodeNeighbourAdvertisement(mac, address, { router: true });
  return encodeGratuitousArp(mac, address);
}
