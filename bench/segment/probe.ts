/** A client that asks shared addresses in turn without pause, and what it has seen so far. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { nowMs, waitFor } from "../../lab/drills/clock.ts";
import { TYPESCRIPT_LOADER } from "../../toolchain/places.ts";
import { decodeRecords, RECORD_BYTES } from "./records.ts";
import type { Running } from "./running.ts";
import type { Host, Segment } from "./segment.ts";

const PROGRAM = join(import.meta.dirname, "probeProcess.ts");
const START_DEADLINE_MS = 20_000;
/** Time for an answer to come, before a request counts as unanswered. */
const ANSWER_MS = 10;

/** One request, times in milliseconds of CLOCK_MONOTONIC. */
export interface Answer {
  readonly address: string;
  readonly sentMs: number;
  /** Undefined when none came. */
  readonly answeredMs: number | undefined;
  /** Number of the node that answered. */
  readonly by: number | undefined;
}

export class Probe {
  readonly #running: Running;
  readonly #file: number;
  readonly #addresses: readonly string[];
  readonly #intervalMs: number;
  readonly #segment: Segment;

  private constructor(
    segment: Segment,
    running: Running,
    path: string,
    addresses: readonly string[],
    intervalMs: number,
  ) {
    this.#segment = segment;
    this.#addresses = addresses;
    this.#running = running;
    this.#file = openSync(path, "r");
    this.#intervalMs = intervalMs;
  }

  /**
   * Starts to ask from the client's host and waits for the first request.
   * @param intervalMs between two requests, whichever address they go to.
   */
  static async open(segment: Segment, addresses: readonly string[], intervalMs: number): Promise<Probe> {
    const path = join(segment.client.directory, `probe-${Math.round(nowMs())}`);
    const program = [process.execPath, "--import", TYPESCRIPT_LOADER, PROGRAM];
    const running = segment.start(segment.client, ...program, addresses.join(","), String(intervalMs * 1_000), path);
    const isAsking = (): Promise<true | undefined> => {
      if (running.isOver) throw new Error(`the probe ended: ${running.output}`);
      return Promise.resolve(sizeOf(path) > 0 ? true : undefined);
    };
    await waitFor(isAsking, START_DEADLINE_MS, 10, () => new Error(`the probe does not ask: ${running.output}`));
    return new Probe(segment, running, path, addresses, intervalMs);
  }

  async close(): Promise<void> {
    await this.#running.kill();
    closeSync(this.#file);
  }

  /** Requests that were sent between two moments of the monotonic clock, in their order. */
  answers(fromMs: number, untilMs: number): readonly Answer[] {
    const total = Math.floor(fstatSync(this.#file).size / RECORD_BYTES);
    // After a stall the probe skips requests, never adds any: so no more than these can be as young.
    const wanted = Math.min(total, Math.ceil((nowMs() - fromMs) / this.#intervalMs) + 200);
    const bytes = new Uint8Array(wanted * RECORD_BYTES);
    const length = readSync(this.#file, bytes, 0, bytes.length, (total - wanted) * RECORD_BYTES);
    return decodeRecords(bytes.subarray(0, length)).flatMap(({ sentMicros, answeredMicros, ttl }, index) => {
      const sentMs = sentMicros / 1_000;
      if (sentMs < fromMs || sentMs > untilMs) return [];
      const isAnswered = answeredMicros > 0;
      const address = this.#addresses[(total - wanted + index) % this.#addresses.length] ?? "";
      return [{ address, sentMs, answeredMs: isAnswered ? answeredMicros / 1_000 : undefined, by: this.#nodeOf(ttl) }];
    });
  }

  /** The one node that answered everything for so long; undefined when there is none. */
  owner(forMs: number): Host | undefined {
    const untilMs = nowMs() - ANSWER_MS;
    const answers = this.answers(untilMs - forMs, untilMs);
    const owners = new Set(answers.map(({ by }) => by));
    const [only] = owners;
    return owners.size === 1 && only !== undefined ? this.#segment.node(only) : undefined;
  }

  /** Waits until one node has answered everything for so long. @throws Error that says who did instead. */
  async owned(by: Host, forMs: number, deadlineMs: number): Promise<void> {
    const isOwner = (): Promise<true | undefined> => Promise.resolve(this.owner(forMs) === by ? true : undefined);
    await waitFor(isOwner, deadlineMs, 5, () => {
      const seen = this.answers(nowMs() - 1_000, nowMs()).map((answer) => answer.by ?? "nobody");
      return new Error(
        `${by.name} does not answer alone within ${deadlineMs} ms, but ${[...new Set(seen)].join(", ")}`,
      );
    });
  }

  #nodeOf(ttl: number): number | undefined {
    return this.#segment.nodes.find((node) => node.ttl === ttl)?.number;
  }
}

function sizeOf(path: string): number {
  try {
    const file = openSync(path, "r");
    const { size } = fstatSync(file);
    closeSync(file);
    return size;
  } catch {
    return 0;
  }
}
