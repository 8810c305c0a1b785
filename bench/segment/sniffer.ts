/** Everything that the nodes say to the segment, as the switch hears it. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../lab/drills/clock.ts";
import { TYPESCRIPT_LOADER } from "../../toolchain/places.ts";
import type { Running } from "./running.ts";
import type { Host, Segment } from "./segment.ts";

const PROGRAM = join(import.meta.dirname, "snifferProcess.ts");
const START_DEADLINE_MS = 20_000;
const TAIL_BYTES = 65_536;
const NEIGHBOUR_ADVERTISEMENT = 136;

/** One frame, with the moment the kernel had it, in milliseconds of CLOCK_MONOTONIC. */
export interface Heard {
  readonly atMs: number;
  /** Name of the node at whose port it came in. */
  readonly from: string;
  readonly kind: "advertisement" | "arp" | "neighbour-advertisement";
  /** The whole Ethernet frame. */
  readonly frame: Uint8Array;
  /** Of an advertisement: what follows the IP header. */
  readonly payload: Uint8Array;
}

export class Sniffer {
  /** The listening process. */
  readonly running: Running;
  readonly #path: string;

  private constructor(running: Running, path: string) {
    this.running = running;
    this.#path = path;
  }

  /** Starts to listen at the ports of all nodes. */
  static async open(segment: Segment): Promise<Sniffer> {
    const path = join(segment.directory, `sniffed-${process.hrtime.bigint()}`);
    const program = [process.execPath, "--import", TYPESCRIPT_LOADER, PROGRAM, path];
    const running = segment.startIn(segment.switchNamespace, ...program, ...segment.nodes.map(({ name }) => name));
    const sniffer = new Sniffer(running, path);
    // Only a frame shows that it listens: one that the client sends reaches no port of a node, so nodes say something.
    await waitFor(
      () => {
        if (running.isOver) throw new Error(`the sniffer ended: ${running.output}`);
        const [host] = segment.nodes;
        if (host !== undefined) askOnce(segment, host);
        return Promise.resolve(sniffer.heard().length > 0 ? true : undefined);
      },
      START_DEADLINE_MS,
      100,
      () => new Error(`the sniffer hears nothing: ${running.output}`),
    );
    return sniffer;
  }

  close(): Promise<void> {
    return this.running.kill();
  }

  /** What was heard from a moment on, in its order. */
  heard(fromMs = 0): readonly Heard[] {
    return heardIn(textOf(this.#path)).filter(({ atMs }) => atMs >= fromMs);
  }

  /** When a node advertised last; undefined when it did not, of late. */
  lastAdvertisedMs(node: Host): number | undefined {
    const latest = tailOf(this.#path).findLast(({ from, kind }) => from === node.name && kind === "advertisement");
    return latest?.atMs;
  }

  /** The advertisements of one node from a moment on. */
  advertisements(node: Host, fromMs = 0): readonly Heard[] {
    return this.heard(fromMs).filter(({ from, kind }) => from === node.name && kind === "advertisement");
  }
}

/** Has a node ask the segment for an address that nobody has. */
function askOnce(segment: Segment, host: Host): void {
  segment.run(host, "sh", "-c", "ip neigh flush dev eth0; ping -c 1 -W 0.05 10.25.0.250 > /dev/null || true");
}

/** The frames of whole lines: the last one may be half written. */
function heardIn(text: string): readonly Heard[] {
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .flatMap((line) => {
      const [nanos = "", from = "", hex = ""] = line.split(" ");
      return hex === "" ? [] : [heardOf(Number(nanos) / 1_000_000, from, Buffer.from(hex, "hex"))];
    });
}

/** What was heard last, without what may be minutes of it. */
function tailOf(path: string): readonly Heard[] {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const length = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString("latin1", 0, length);
    return heardIn(size > TAIL_BYTES ? text.slice(text.indexOf("\n") + 1) : text);
  } finally {
    closeSync(file);
  }
}

function heardOf(atMs: number, from: string, frame: Buffer): Heard {
  const etherType = frame.readUInt16BE(12);
  const kind =
    etherType === 0x0806
      ? "arp"
      : etherType === 0x86dd && frame[20] === 58 && frame[54] === NEIGHBOUR_ADVERTISEMENT
        ? "neighbour-advertisement"
        : "advertisement";
  const headerLength = etherType === 0x86dd ? 40 : ((frame[14] ?? 0) & 0x0f) * 4;
  return { atMs, from, kind, frame, payload: frame.subarray(14 + headerLength) };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
