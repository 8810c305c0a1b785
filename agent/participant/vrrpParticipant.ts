/** VRRP's participant: the router's state machine, with its messages as signed bytes. */
import type { VirtualRouterConfig, VrrpRouterDocument } from "../config/schema/document.ts";
import type { Role } from "../election/election.ts";
import { MICROS_PER_CENTISECOND } from "../election/timers.ts";
import {
  createVrrpRouter,
  deadlineOf,
  explain,
  stepVrrpRouter,
  type VrrpRouterEvent,
  type VrrpRouterState,
  vrrpRouterConfig,
} from "../election/vrrp/vrrpRouter.ts";
import type { ProtocolEndpoint, Received } from "../protocol/reception.ts";
import { PRIORITY_RESIGN, type VrrpAdvertisement } from "../protocol/vrrp.ts";
import type { NoteStep } from "./flightRecorder.ts";
import type { Action, Explanation, Participant, ParticipantEvent, ReceiveResult } from "./participant.ts";
import { VrrpSigner } from "./vrrpSigner.ts";

export class VrrpParticipant implements Participant {
  readonly #note: NoteStep;
  readonly #wallClockMs: () => number;
  readonly #signer: VrrpSigner;
  #state: VrrpRouterState;

  constructor(config: VrrpRouterDocument, note: NoteStep, wallClockMs: () => number) {
    this.#note = note;
    this.#wallClockMs = wallClockMs;
    this.#signer = new VrrpSigner(config);
    this.#state = createVrrpRouter(vrrpRouterConfig(config));
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
    if (received.protocol !== "vrrp") throw new TypeError("a CARP packet was given to a VRRP router");
    const verdict = this.#signer.verify(received, this.#wallClockMs());
    if (!verdict.ok) return { kind: "refused", fault: verdict.fault };
    const { from, advertisement } = received;
    const actions = this.#step({ kind: "advertisement", from, advertisement }, nowMicros);
    const claim = { protocol: "vrrp", priority: advertisement.priority } as const;
    if (verdict.value !== "stale") return { kind: "heard", claim, actions };
    return { kind: "heard", claim, actions: [...actions, { kind: "notice", notice: "clocks-apart", from }] };
  }

  reconfigure(config: VirtualRouterConfig, nowMicros: number): readonly Action[] {
    if (config.protocol !== "vrrp") throw new TypeError("a VRRP router was given the configuration of a CARP host");
    this.#signer.reconfigure(config);
    return this.#step({ kind: "reconfigure", config: vrrpRouterConfig(config) }, nowMicros);
  }

  explain(): Explanation {
    const { priority, effectivePriority, ...common } = explain(this.#state);
    const configured = { protocol: "vrrp", priority } as const;
    return { ...common, configured, effective: { protocol: "vrrp", priority: effectivePriority } };
  }

  resignMessage(): (destination: string) => Uint8Array {
    const { virtualRouterId, advertisementIntervalMicros, addresses } = this.#state.config;
    const maxAdvertiseIntervalCentis = advertisementIntervalMicros / MICROS_PER_CENTISECOND;
    return this.#messageFor({ virtualRouterId, priority: PRIORITY_RESIGN, maxAdvertiseIntervalCentis, addresses });
  }

  memory(): undefined {
    return undefined;
  }

  #step(event: VrrpRouterEvent, nowMicros: number): readonly Action[] {
    const before = this.#state;
    const { state, outputs } = stepVrrpRouter(before, event, nowMicros);
    this.#state = state;
    this.#note({ protocol: "vrrp", before, event, nowMicros, outputs });
    return outputs.map((output): Action => {
      if (output.kind !== "send" && output.kind !== "solicit") return output;
      const { advertisement, ...rest } = output;
      return { ...rest, messageFor: this.#messageFor(advertisement) };
    });
  }

  #messageFor(advertisement: VrrpAdvertisement): (destination: string) => Uint8Array {
    return this.#signer.messageFor(advertisement, this.#wallClockMs());
  }
}
