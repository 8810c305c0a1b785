/** ucarp, as a group notices it: the model of its rules that the election's tests have, with real bytes and counters. */
import type { CarpClaim } from "../../../agent/election/carp/claim.ts";
import type { Role } from "../../../agent/election/election.ts";
import { encodeCarp } from "../../../agent/protocol/carp.ts";
import { carpDigest, isCarpDigestGood } from "../../../agent/protocol/carpDigest.ts";
import type { Packet } from "../../../agent/protocol/packet/packet.ts";
import { serialAfter, serialBytes, serialOf } from "../../../agent/protocol/packet/serial.ts";
import { type ProtocolEndpoint, receive } from "../../../agent/protocol/reception.ts";
import * as rules from "../../election/carpHostForeign.ts";
import type { Random } from "../machine/random.ts";
import type { ForeignProgram, Grip } from "./foreignProgram.ts";

const COUNTER_OCTETS = 8;
const OCTETS = 256;

export class Ucarp implements ForeignProgram {
  readonly finished = false;
  role: Role = "initialize";
  readonly #grip: Grip;
  readonly #random: Random;
  readonly #host: rules.ForeignHost;
  readonly #endpoint: ProtocolEndpoint;
  readonly #password: string;
  readonly #addresses: readonly string[];
  /** Random until somebody is heard; then it goes on from what was heard last. */
  #counter: bigint | undefined;

  constructor(grip: Grip, random: Random) {
    const { config } = grip;
    if (config.protocol !== "carp") throw new Error("ucarp speaks CARP");
    this.#grip = grip;
    this.#random = random;
    this.#password = config.password;
    this.#addresses = config.addresses.map(({ address }) => address.replace(/\/\d+$/, ""));
    const { virtualRouterId, sourceAddress, peers, multicast, minimumTtl } = config;
    this.#endpoint = {
      ...{ protocol: "carp", virtualRouterId, sourceAddress, peers, multicast, minimumTtl },
      linkIndex: 2,
    };
    const { advertisementBase, advertisementSkew, preempt } = config;
    const own = { system: "ucarp", address: sourceAddress, advertisementBase, advertisementSkew, preempt } as const;
    this.#host = new rules.ForeignHost(own, (claim) => {
      this.#send(claim);
    });
  }

  start(nowMicros: number): void {
    this.#host.start(nowMicros);
    this.#follow();
  }

  /** It just ends, after its down script. */
  stop(): void {
    this.#host.stop();
    this.#follow();
  }

  receive(packet: Packet, nowMicros: number): void {
    const received = receive(packet, [this.#endpoint]);
    if (!received.ok || received.value.protocol !== "carp") return;
    const { from, packet: message } = received.value;
    if (!isCarpDigestGood(this.#password, this.#addresses, message)) return;
    this.#counter = serialOf(message.counter);
    const wasMaster = this.#host.role === "master";
    this.#host.hears(from, message, nowMicros);
    this.#follow();
    // A master that hears a lower one announces again.
    if (wasMaster && this.role === "master") this.#grip.announce();
  }

  networkChanged(): void {
    // Its machine's addresses are its scripts' business.
  }

  tick(nowMicros: number): void {
    this.#host.tick(nowMicros);
    this.#follow();
  }

  deadline(): number | undefined {
    return this.#host.deadline;
  }

  /** Runs the script of the new role. */
  #follow(): void {
    const from = this.role;
    this.role = this.#host.role;
    if (from === this.role) return;
    this.#grip.became(from, this.role);
    if (this.role === "master") {
      this.#grip.hold();
      this.#grip.announce();
    } else if (from === "master") this.#grip.letGo();
  }

  #send(claim: CarpClaim): void {
    this.#counter = this.#counter === undefined ? this.#chance() : serialAfter(this.#counter);
    const counter = serialBytes(this.#counter);
    const input = { virtualHostId: claim.virtualHostId, addresses: this.#addresses, counter };
    const digest = carpDigest(this.#password, input, "without-link-local");
    const message = encodeCarp({ ...claim, counter, digest });
    this.#grip.send(() => message);
    // Nobody heard: the next one is random again.
    if (this.role === "initialize") this.#counter = undefined;
  }

  #chance(): bigint {
    return serialOf(Uint8Array.from({ length: COUNTER_OCTETS }, () => this.#random.below(OCTETS)));
  }
}
