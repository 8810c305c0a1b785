/** What happened to each member, as far as invariants have to know it. */
import type { Role } from "../../../agent/election/election.ts";
import type { Packet } from "../../../agent/protocol/packet/packet.ts";
import type { Agenda } from "./agenda.ts";
import { FIRST_HOST } from "./group.ts";
import type { Host, RoleChange } from "./host.ts";
import type { Step } from "./step.ts";

interface Memory {
  readonly roles: Map<string, Role>;
  lastMasterMicros: number;
  resignedMicros: number;
  /** When each other member was heard last, by name. */
  readonly heardMicros: Map<string, number>;
  /** The latest packets that it heard, the last one at the end. */
  packets: readonly Packet[];
  /** Its own clock when it stopped, and whether it stopped for the first time in long. */
  stall: { readonly clockMicros: number; readonly wasMaster: boolean; readonly isFirst: boolean } | undefined;
  lastStallMicros: number;
  silentUntilMicros: number | undefined;
  deadSinceMicros: number | undefined;
}

const REMEMBERED_PACKETS = 4;
const IPV4_LAST_OCTET = 15;

export class Past {
  readonly #agenda: Agenda;
  readonly #memories = new Map<Host, Memory>();
  readonly #hosts: readonly Host[];
  readonly #intervalMicros: number;
  /** A forgery is under way, which nobody sent. */
  isForging = false;

  constructor(agenda: Agenda, hosts: readonly Host[], intervalMicros: number) {
    this.#agenda = agenda;
    this.#hosts = hosts;
    this.#intervalMicros = intervalMicros;
    for (const host of hosts) this.#memories.set(host, newMemory());
  }

  roleOf(host: Host, virtualRouter: string): Role {
    return this.#of(host).roles.get(virtualRouter) ?? "initialize";
  }

  isMaster(host: Host): boolean {
    return [...this.#of(host).roles.values()].includes("master");
  }

  /** Whether it is master of something, or was a moment ago. */
  wasMasterWithin(host: Host, micros: number): boolean {
    return this.isMaster(host) || this.#agenda.nowMicros - this.#of(host).lastMasterMicros <= micros;
  }

  sinceResignedMicros(host: Host): number {
    return this.#agenda.nowMicros - this.#of(host).resignedMicros;
  }

  heardAgoMicros(host: Host, other: Host): number {
    return this.#agenda.nowMicros - (this.#of(host).heardMicros.get(other.name) ?? -Infinity);
  }

  /** The latest packets that its program heard, the last one at the end. */
  packetsOf(host: Host): readonly Packet[] {
    return this.#of(host).packets;
  }

  /** For how long no program has run there. */
  deadForMicros(host: Host): number {
    const since = this.#of(host).deadSinceMicros;
    return since === undefined ? 0 : this.#agenda.nowMicros - since;
  }

  /** By its own clock; undefined: it may speak. */
  silentUntilMicros(host: Host): number | undefined {
    return this.#of(host).silentUntilMicros;
  }

  noteRole(host: Host, { virtualRouter, from, to }: RoleChange): void {
    const memory = this.#of(host);
    if (from === "master") memory.lastMasterMicros = this.#agenda.nowMicros;
    if (to === "resigning") memory.resignedMicros = this.#agenda.nowMicros;
    memory.roles.set(virtualRouter, to);
  }

  /** Its program ended. */
  noteEnd(host: Host): void {
    const memory = this.#of(host);
    if (this.isMaster(host)) memory.lastMasterMicros = this.#agenda.nowMicros;
    memory.roles.clear();
    memory.packets = [];
    memory.stall = undefined;
    memory.silentUntilMicros = undefined;
    memory.deadSinceMicros = this.#agenda.nowMicros;
  }

  /** Its program, or its machine, stands still from now on. */
  noteStall(host: Host, clockStands: boolean): void {
    const memory = this.#of(host);
    const { nowMicros } = this.#agenda;
    const isFirst = nowMicros - memory.lastStallMicros > 24 * this.#intervalMicros + 10_000_000;
    memory.lastStallMicros = nowMicros;
    memory.silentUntilMicros = undefined;
    if (clockStands || !host.server.isStalled) memory.stall = undefined;
    else memory.stall = { clockMicros: host.server.clock.micros, wasMaster: this.isMaster(host), isFirst };
  }

  noteStep({ host, cause, heard, changes }: Step): void {
    const memory = this.#of(host);
    if (heard !== undefined && !this.isForging) this.#noteHeard(memory, heard);
    if (cause === "start") memory.deadSinceMicros = undefined;
    if (cause === "thaw") this.#noteThaw(host, memory);
    // Whoever takes no part for a moment begins anew, and need not remember that it stood still.
    if (changes.some(({ to }) => to === "initialize")) memory.silentUntilMicros = undefined;
  }

  #noteHeard(memory: Memory, heard: Packet): void {
    const sender = this.#senderOf(heard);
    if (sender !== undefined) memory.heardMicros.set(sender.name, this.#agenda.nowMicros);
    const before = memory.packets.length < REMEMBERED_PACKETS ? memory.packets : memory.packets.slice(1);
    memory.packets = [...before, heard];
  }

  #noteThaw({ server, config }: Host, memory: Memory): void {
    const { stall } = memory;
    memory.stall = undefined;
    memory.lastStallMicros = this.#agenda.nowMicros;
    const [router] = config.virtualRouters;
    if (stall?.isFirst !== true || router === undefined || config.virtualRouters.length > 1) return;
    const ownMicros = router.protocol === "vrrp" ? router.advertisementInterval : router.advertisementBase * 1_000_000;
    // A master after which a backup may have replaced it; a backup whose timer fired, and an interval more.
    const limitMicros = stall.wasMaster ? 3.1 * ownMicros : 7 * this.#intervalMicros;
    if (server.clock.micros - stall.clockMicros < limitMicros) return;
    memory.silentUntilMicros = server.clock.micros + ownMicros;
  }

  #senderOf(heard: Packet): Host | undefined {
    if (heard.family === 4) return this.#hosts[(heard.datagram[IPV4_LAST_OCTET] ?? 0) - FIRST_HOST];
    return this.#hosts[Number(heard.source.replace("fe80::", "")) - FIRST_HOST];
  }

  #of(host: Host): Memory {
    const memory = this.#memories.get(host);
    if (memory === undefined) throw new Error(`${host.name} is nobody's member`);
    return memory;
  }
}

function newMemory(): Memory {
  return {
    roles: new Map(),
    lastMasterMicros: -Infinity,
    resignedMicros: -Infinity,
    heardMicros: new Map(),
    packets: [],
    stall: undefined,
    lastStallMicros: -Infinity,
    silentUntilMicros: undefined,
    deadSinceMicros: 0,
  };
}
