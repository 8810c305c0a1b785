/** A model of keepalived's VRRPv3, as far as a group notices it: shared/research/vrrp-and-carp.md 1.11. */
import type { Role } from "../../../agent/election/election.ts";
import { MICROS_PER_CENTISECOND, skewTimeMicros } from "../../../agent/election/timers.ts";
import { compareAddresses } from "../../../agent/protocol/packet/ip.ts";
import type { Packet } from "../../../agent/protocol/packet/packet.ts";
import { type ProtocolEndpoint, receive } from "../../../agent/protocol/reception.ts";
import { encodeVrrp, PRIORITY_RESIGN } from "../../../agent/protocol/vrrp.ts";
import type { ForeignProgram, Grip } from "./foreignProgram.ts";

const MISSED = 3;
/** A burst on becoming master, and another one later (garp_master_delay). */
const BURST = 5;
const SECOND_BURST_MICROS = 5_000_000;

export class Keepalived implements ForeignProgram {
  readonly finished = false;
  role: Role = "initialize";
  readonly #grip: Grip;
  readonly #endpoint: ProtocolEndpoint;
  readonly #priority: number;
  readonly #intervalMicros: number;
  #masterIntervalMicros: number;
  #deadlineMicros = Infinity;
  #secondBurstMicros = Infinity;

  constructor(grip: Grip) {
    const { config } = grip;
    if (config.protocol !== "vrrp") throw new Error("keepalived speaks VRRP");
    this.#grip = grip;
    this.#priority = config.priority;
    this.#intervalMicros = config.advertisementInterval;
    this.#masterIntervalMicros = config.advertisementInterval;
    const { virtualRouterId, sourceAddress, peers, multicast, minimumTtl } = config;
    this.#endpoint = {
      ...{ protocol: "vrrp", virtualRouterId, sourceAddress, peers, multicast, minimumTtl },
      linkIndex: 2,
    };
  }

  start(nowMicros: number): void {
    this.#become("backup");
    this.#watch(nowMicros);
  }

  stop(): void {
    if (this.role === "master") {
      this.#advertise(PRIORITY_RESIGN);
      this.#grip.letGo();
    }
    this.#become("initialize");
  }

  receive(packet: Packet, nowMicros: number): void {
    const received = receive(packet, [this.#endpoint]);
    if (!received.ok || received.value.protocol !== "vrrp") return;
    const { from, advertisement } = received.value;
    const { priority, maxAdvertiseIntervalCentis } = advertisement;
    if (this.role === "master") this.#contest(from, priority, nowMicros);
    else if (priority === PRIORITY_RESIGN) this.#deadlineMicros = nowMicros + this.#skew();
    else if (priority >= this.#priority || !this.#grip.config.preempt) {
      this.#masterIntervalMicros = maxAdvertiseIntervalCentis * MICROS_PER_CENTISECOND;
      this.#watch(nowMicros);
    }
  }

  networkChanged(): void {
    // Its machine's addresses are nobody's business but its own.
  }

  tick(nowMicros: number): void {
    if (this.#secondBurstMicros <= nowMicros) this.#announce(Infinity);
    if (this.#deadlineMicros > nowMicros) return;
    if (this.role === "backup") {
      this.#become("master");
      this.#advertise(this.#priority);
      this.#grip.hold();
      this.#announce(nowMicros + SECOND_BURST_MICROS);
    } else this.#advertise(this.#priority);
    this.#deadlineMicros = nowMicros + this.#intervalMicros;
  }

  deadline(): number | undefined {
    return Math.min(this.#deadlineMicros, this.#secondBurstMicros);
  }

  #contest(from: string, priority: number, nowMicros: number): void {
    const isTie = priority === this.#priority;
    const isBetter = isTie
      ? compareAddresses(from, this.#endpoint.sourceAddress) > 0
      : priority > this.#priority && priority !== PRIORITY_RESIGN;
    if (isBetter) {
      this.#grip.letGo();
      this.#secondBurstMicros = Infinity;
      this.#become("backup");
      this.#watch(nowMicros);
      return;
    }
    this.#advertise(this.#priority);
    this.#announce(this.#secondBurstMicros);
  }

  #announce(nextMicros: number): void {
    for (let frame = 0; frame < BURST; frame++) this.#grip.announce();
    this.#secondBurstMicros = nextMicros;
  }

  #watch(nowMicros: number): void {
    this.#deadlineMicros = nowMicros + MISSED * this.#masterIntervalMicros + this.#skew();
  }

  #skew(): number {
    return skewTimeMicros(this.#priority, this.#masterIntervalMicros);
  }

  #become(role: Role): void {
    const from = this.role;
    this.role = role;
    if (from !== role) this.#grip.became(from, role);
  }

  #advertise(priority: number): void {
    const { virtualRouterId, sourceAddress: source, addresses } = this.#grip.config;
    const advertisement = {
      virtualRouterId,
      priority,
      maxAdvertiseIntervalCentis: this.#intervalMicros / MICROS_PER_CENTISECOND,
      addresses: addresses.map(({ address }) => address.replace(/\/\d+$/, "")),
    };
    this.#grip.send((destination) => encodeVrrp(advertisement, { source, destination }));
  }
}
