/** What a virtual router needs of the node that it is part of. */
import type { FlightRecorder } from "../participant/flightRecorder.ts";
import type { AdvertiserSurroundings } from "./advertiser.ts";
import type { Report } from "./report.ts";

export interface Surroundings<Router> extends AdvertiserSurroundings {
  /** Wall-clock time in milliseconds since 1970. */
  wallClockMs(): number;
  randomOctets(length: number): Uint8Array;
  readonly report: Report;
  readonly recorder: FlightRecorder;
  /** Hears that the role changed, or what is to be held: the node has to look at its interfaces. */
  readonly changed: (router: Router) => void;
}
