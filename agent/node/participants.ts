/** The participant of a virtual router, by its protocol. */
import type { VirtualRouterConfig } from "../config/document.ts";
import { CarpParticipant } from "./carpParticipant.ts";
import type { NoteStep } from "./flightRecorder.ts";
import type { Participant } from "./participant.ts";
import { VrrpParticipant } from "./vrrpParticipant.ts";

/**
 * @param note hears every step of the state machine, for the flight recorder.
 * @param wallClockMs UTC in milliseconds since 1970, for signatures that are good for a while only.
 * @param memory of a dead process, to speak in its place.
 */
export function createParticipant(
  config: VirtualRouterConfig,
  note: NoteStep,
  wallClockMs: () => number,
  memory?: string,
): Participant {
  if (config.protocol === "vrrp") return new VrrpParticipant(config, note, wallClockMs);
  return new CarpParticipant(config, note, memory);
}
