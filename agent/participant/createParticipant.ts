/** The participant of a virtual router, by its protocol. */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { Kernel } from "../interfaces/kernel.ts";
import { CarpParticipant } from "./carpParticipant.ts";
import type { NoteStep } from "./flightRecorder.ts";
import type { Participant } from "./participant.ts";
import { VrrpParticipant } from "./vrrpParticipant.ts";

/**
 * @param note hears every step of the state machine, for the flight recorder.
 * @param machine its clock, for signatures that are good for a while only, and its chance, for counters nobody can guess.
 * @param memory of a dead process, to speak in its place.
 */
export function createParticipant(
  config: VirtualRouterConfig,
  note: NoteStep,
  machine: Pick<Kernel, "wallClockMs" | "randomOctets">,
  memory?: string,
): Participant {
  if (config.protocol === "vrrp") return new VrrpParticipant(config, note, () => machine.wallClockMs());
  return new CarpParticipant(config, note, machine, memory);
}
