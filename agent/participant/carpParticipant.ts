/** CARP's participant: the host's state machine, with its messages as bytes under the group's password. */
import type { CarpHostDocument, VirtualRouterConfig } from "../config/schema/document.ts";
import {
  type CarpHostEvent,
  type CarpHostState,
  carpHostConfig,
  createCarpHost,
  deadlineOf,
  explain,
  stepCarpHost,
} from "../election/carp/carpHost.ts";
import type { CarpClaim } from "../election/carp/claim.ts";
import { resignMessageOf } from "../election/carp/claim.ts";
import type { Role } from "../election/election.ts";
import type { Kernel } from "../interfaces/kernel.ts";
import { type CarpPacket, COUNTER_LENGTH, encodeCarp } from "../protocol/carp.ts";
import { type CarpCounters, createCarpCounters, judgeCarpCounter, nextCarpCounter } from "../protocol/carpCounter.ts";
import { carpDigest, isCarpDigestGood } from "../protocol/carpDigest.ts";
import type { ProtocolEndpoint, Received } from "../protocol/reception.ts";
import type { NoteStep } from "./flightRecorder.ts";
import type { Action, Explanation, Participant, ParticipantEvent, ReceiveResult } from "./participant.ts";

/** A dead host's counter is remembered from its latest change of role; so far on, no living host has heard it yet. */
const ADVERTISEMENTS_SINCE = 2n ** 31n;
const COUNTER_BITS = 64;

export class CarpParticipant implements Participant {
  readonly #note: NoteStep;
  #config: CarpHostDocument;
  #state: CarpHostState;
  #counters: CarpCounters;

  /** @param memory of an earlier life, see `memory()`. */
  constructor(config: CarpHostDocument, note: NoteStep, machine: Pick<Kernel, "randomOctets">, memory?: string) {
    this.#note = note;
    this.#config = config;
    this.#state = createCarpHost(carpHostConfig(config));
    this.#counters = createCarpCounters(
      config.dialect,
      memory === undefined ? machine.randomOctets(COUNTER_LENGTH) : after(memory, config),
    );
  }

  get role(): Role {
    return this.#state.role;
  }

  deadline(): number | undefined {
    return deadlineOf(this.#state);
  }

  step(event: ParticipantEvent, nowMicros: number): readonly Action[] {
    return this.#step(event, nowMicros);
  }

  hear(received: Received<ProtocolEndpoint>, nowMicros: number): ReceiveResult {
    if (received.protocol !== "carp") throw new TypeError("a VRRP packet was given to a CARP host");
    const { from, packet } = received;
    const fault = this.#verify(from, packet, nowMicros);
    if (fault !== undefined) return { kind: "refused", fault };
    const { virtualHostId, advertisementBase, advertisementSkew, demotion } = packet;
    const advertisement = { virtualHostId, advertisementBase, advertisementSkew, demotion };
    const actions = this.#step({ kind: "advertisement", from, advertisement }, nowMicros);
    const claim = { protocol: "carp", advertisementBase, advertisementSkew, demotion } as const;
    return { kind: "heard", claim, actions };
  }

  reconfigure(config: VirtualRouterConfig, nowMicros: number): readonly Action[] {
    if (config.protocol !== "carp") throw new TypeError("a CARP host was given the configuration of a VRRP router");
    this.#config = config;
    this.#counters = { ...this.#counters, dialect: config.dialect };
    return this.#step({ kind: "reconfigure", config: carpHostConfig(config) }, nowMicros);
  }

  explain(): Explanation {
    const { advertisementBase, advertisementSkew, advertised, ...common } = explain(this.#state);
    const configured = { protocol: "carp", advertisementBase, advertisementSkew, demotion: 0 } as const;
    const effective = { ...configured, advertisementSkew: advertised.skew, demotion: advertised.demotion };
    return { ...common, configured, effective };
  }

  resignMessage(): (destination: string) => Uint8Array {
    return this.#messageFor(resignMessageOf(this.#state.config));
  }

  memory(): string {
    return this.#counters.own.toString(16);
  }

  #verify(from: string, packet: CarpPacket, nowMicros: number): string | undefined {
    const addresses = this.#state.config.addresses;
    if (!isCarpDigestGood(this.#config.password, addresses, packet)) return "carp-digest";
    // An own one that came back tells of a loop or of an address used twice: the election is to say so.
    if (from === this.#config.sourceAddress) return undefined;
    const { counters, verdict } = judgeCarpCounter(this.#counters, from, packet.counter, nowMicros);
    this.#counters = counters;
    return verdict.ok ? undefined : verdict.fault;
  }

  #step(event: CarpHostEvent, nowMicros: number): readonly Action[] {
    const before = this.#state;
    const { state, outputs } = stepCarpHost(before, event, nowMicros);
    this.#state = state;
    this.#note({ protocol: "carp", before, event, nowMicros, outputs });
    return outputs.map((output): Action => {
      if (output.kind !== "send" && output.kind !== "solicit") return output;
      const { advertisement, ...rest } = output;
      return { ...rest, messageFor: this.#messageFor(advertisement) };
    });
  }

  /** One message for all: neither digest nor checksum covers the destination. */
  #messageFor(claim: CarpClaim): (destination: string) => Uint8Array {
    const { counters, counter } = nextCarpCounter(this.#counters);
    this.#counters = counters;
    const input = { virtualHostId: claim.virtualHostId, addresses: this.#state.config.addresses, counter };
    const message = encodeCarp({
      ...claim,
      counter,
      digest: carpDigest(this.#config.password, input, "without-link-local"),
    });
    return () => message;
  }
}

/** The counter that a later process goes on from. */
function after(memory: string, { dialect }: CarpHostDocument): Uint8Array {
  const last = BigInt(`0x${memory}`);
  const own = dialect === "ucarp" ? BigInt.asUintN(COUNTER_BITS, last + ADVERTISEMENTS_SINCE) : last;
  const bytes = new Uint8Array(COUNTER_LENGTH);
  new DataView(bytes.buffer).setBigUint64(0, own);
  return bytes;
}
