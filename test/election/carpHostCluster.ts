/**
 * A group of CARP hosts on one segment, in memory: hosts of this agent beside OpenBSD's and ucarp's, a virtual clock,
 * packets that take time and get lost, partitions, hosts that lose their power or are frozen. The same seed gives the
 * same run.
 */
import {
  type CarpClaim,
  type CarpHostConfig,
  type CarpHostEvent,
  type CarpHostState,
  createCarpHost,
  deadlineOf,
  roleOf,
  stepCarpHost,
} from "../../agent/election/carp/carpHost.ts";
import type { Role } from "../../agent/election/election.ts";
import { type ForeignConfig, ForeignHost } from "./carpHostForeign.ts";
import { claimText, outputsOf, TICK } from "./carpHostScenario.ts";

interface Member {
  readonly address: string;
  readonly host: OwnHost | ForeignHost;
  condition: "running" | "frozen" | "off";
  /** Packets that arrived while it was frozen. */
  inbox: Packet[];
}

interface Packet {
  readonly atMicros: number;
  readonly from: string;
  readonly to: string;
  readonly claim: CarpClaim;
}

/** Something a host did, for the order of things. */
export interface Entry {
  readonly atMicros: number;
  readonly address: string;
  readonly output: string;
}

/** What a frozen host's socket holds before it drops. */
const INBOX_LIMIT = 8;

/** A host of this agent with its driver: carries out what the machine says. */
class OwnHost {
  state: CarpHostState;
  holdsAddresses = false;
  /** To one of them, or to all. */
  readonly #send: (claim: CarpClaim, to?: string) => void;
  readonly #log: (output: string) => void;

  constructor(config: CarpHostConfig, send: (claim: CarpClaim, to?: string) => void, log: (output: string) => void) {
    this.state = createCarpHost(config);
    this.#send = send;
    this.#log = log;
  }

  get role(): Role {
    return roleOf(this.state);
  }

  get deadline(): number | undefined {
    return deadlineOf(this.state);
  }

  give(event: CarpHostEvent, nowMicros: number): void {
    const step = stepCarpHost(this.state, event, nowMicros);
    this.state = step.state;
    for (const output of outputsOf(step)) this.#log(output);
    for (const output of step.outputs) {
      if (output.kind === "acquire") this.holdsAddresses = true;
      if (output.kind === "release") this.holdsAddresses = false;
      if (output.kind === "send") this.#send(output.advertisement);
      if (output.kind === "solicit") this.#send(output.advertisement, output.to);
    }
  }

  start(nowMicros: number): void {
    this.give({ kind: "startup", resume: this.holdsAddresses }, nowMicros);
  }

  tick(nowMicros: number): void {
    this.give(TICK, nowMicros);
  }

  hears(from: string, advertisement: CarpClaim, nowMicros: number): void {
    this.give({ kind: "advertisement", from, advertisement }, nowMicros);
  }
}

export class CarpCluster {
  readonly log: Entry[] = [];
  /** Share of packets that get lost, 0..1. */
  loss = 0;
  nowMicros = 0;
  /** The time in which running hosts were master at the same time, and that in which none held the addresses. */
  readonly micros = { twoMasters: 0, noHolder: 0 };
  readonly #members: Map<string, Member>;
  readonly #random: () => number;
  #packets: Packet[] = [];
  readonly #cuts = new Set<string>();

  constructor(configs: readonly (CarpHostConfig | ForeignConfig)[], seed: number) {
    this.#random = randomOf(seed);
    this.#members = new Map(
      configs.map((config) => {
        const address = "system" in config ? config.address : config.sourceAddress;
        const log = (output: string) => this.log.push({ atMicros: this.nowMicros, address, output });
        const carry = (claim: CarpClaim, to?: string) => {
          this.#carry(address, claim, to);
        };
        const sendAloud = (claim: CarpClaim) => {
          log(`send ${claimText(claim)}`);
          carry(claim);
        };
        const host = "system" in config ? new ForeignHost(config, sendAloud) : new OwnHost(config, carry, log);
        return [address, { address, host, condition: "running", inbox: [] }];
      }),
    );
  }

  /** Running hosts in the role of master. */
  get masters(): string[] {
    return this.#addresses(({ host }) => host.role === "master");
  }

  /** Running hosts that answer for the addresses. */
  get holders(): string[] {
    return this.#addresses(({ host }) => (host instanceof OwnHost ? host.holdsAddresses : host.role === "master"));
  }

  /** Starts these hosts, or all, in turn at the same time. */
  start(...addresses: readonly string[]): void {
    for (const address of addresses.length > 0 ? addresses : this.#members.keys()) {
      this.#member(address).host.start(this.nowMicros);
    }
  }

  /** Gives a host of this agent an event, now. */
  give(address: string, event: CarpHostEvent): void {
    const { host } = this.#member(address);
    if (!(host instanceof OwnHost)) throw new Error(`${address} is not a host of this agent`);
    host.give(event, this.nowMicros);
  }

  /** Has a foreign host do something, now. */
  have(address: string, act: (host: ForeignHost, nowMicros: number) => void): void {
    const { host } = this.#member(address);
    if (!(host instanceof ForeignHost)) throw new Error(`${address} is a host of this agent`);
    act(host, this.nowMicros);
  }

  powerOff(address: string): void {
    const member = this.#member(address);
    Object.assign(member, { condition: "off", inbox: [] });
    if (member.host instanceof OwnHost) member.host.holdsAddresses = false;
  }

  /** Puts a host that was off on again: a new process, started. */
  powerOn(address: string): void {
    const member = this.#member(address);
    member.condition = "running";
    if (member.host instanceof OwnHost) member.host.state = createCarpHost(member.host.state.config);
    member.host.start(this.nowMicros);
  }

  /** Kills the process of a host of this agent and starts it again: what its machine holds stays where it is. */
  restart(address: string): void {
    const { host } = this.#member(address);
    if (host instanceof OwnHost) host.state = createCarpHost(host.state.config);
    host.start(this.nowMicros);
  }

  freeze(address: string): void {
    this.#member(address).condition = "frozen";
  }

  /** Lets a frozen host go on: it reads its socket before it looks at its timers, as the contract demands. */
  thaw(address: string): void {
    const member = this.#member(address);
    member.condition = "running";
    const waiting = member.inbox;
    member.inbox = [];
    for (const packet of waiting) this.#deliver(member, packet);
  }

  /** From now on nothing gets from one host to the other. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from} ${to}`);
  }

  /** Cuts every host off from every other. */
  partition(): void {
    for (const from of this.#members.keys()) for (const to of this.#members.keys()) this.cut(from, to);
  }

  heal(): void {
    this.#cuts.clear();
  }

  /** Lets time pass; at one instant packets come before ticks. */
  runFor(micros: number): void {
    const until = this.nowMicros + micros;
    for (;;) {
      const packet = this.#packets[0];
      const due = this.#nextDue();
      const packetAt = packet?.atMicros ?? Infinity;
      const next = Math.min(packetAt, due?.atMicros ?? Infinity);
      if (next > until) break;
      this.#advance(next);
      if (packet !== undefined && packetAt <= next) {
        this.#packets.shift();
        this.#deliver(this.#member(packet.to), packet);
      } else if (due !== undefined) {
        due.member.host.tick(this.nowMicros);
      }
    }
    this.#advance(until);
  }

  #advance(toMicros: number): void {
    const passed = Math.max(0, toMicros - this.nowMicros);
    if (this.masters.length > 1) this.micros.twoMasters += passed;
    if (this.holders.length === 0) this.micros.noHolder += passed;
    this.nowMicros += passed;
  }

  #nextDue(): { readonly member: Member; readonly atMicros: number } | undefined {
    let first: { readonly member: Member; readonly atMicros: number } | undefined;
    for (const member of this.#members.values()) {
      const atMicros = member.condition === "running" ? member.host.deadline : undefined;
      if (atMicros !== undefined && atMicros < (first?.atMicros ?? Infinity)) first = { member, atMicros };
    }
    return first;
  }

  #deliver(member: Member, packet: Packet): void {
    if (member.condition === "running") member.host.hears(packet.from, packet.claim, this.nowMicros);
    else if (member.condition === "frozen" && member.inbox.length < INBOX_LIMIT) member.inbox.push(packet);
  }

  /** 50 to 500 microseconds. */
  #carry(from: string, claim: CarpClaim, only?: string): void {
    for (const to of this.#members.keys()) {
      if (to === from || (only !== undefined && to !== only)) continue;
      // Drawn for every packet, so that what happens to one does not change the fate of those after it.
      const [lost, delay] = [this.#random() < this.loss, 50 + Math.floor(this.#random() * 450)];
      if (lost || this.#cuts.has(`${from} ${to}`)) continue;
      this.#packets.push({ atMicros: this.nowMicros + delay, from, to, claim });
    }
    this.#packets.sort((left, right) => left.atMicros - right.atMicros);
  }

  #addresses(condition: (member: Member) => boolean): string[] {
    const chosen = [...this.#members.values()].filter((member) => member.condition === "running" && condition(member));
    return chosen.map(({ address }) => address);
  }

  #member(address: string): Member {
    const member = this.#members.get(address);
    if (member === undefined) throw new Error(`there is no host ${address}`);
    return member;
  }
}

/** Numbers from 0 to 1 that look random: a linear congruential generator (Numerical Recipes), its low bits left out. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}
