/**
 * The mark on addresses where the kernel keeps none: before Linux 5.18 nothing on an address says who set it (IFA_PROTO).
 *
 * The agent writes down what it sets. An address counts as the agent's while it is where that record has it, with the
 * same prefix length, and may live no longer than the agent let it: somebody else's would, in all likelihood, live for
 * ever. The record is of one boot. What it has not is somebody else's.
 */
import { readFileSync } from "node:fs";
import { PROTOCOL_NUMBER } from "../../protocol/packet/transport.ts";
import { replaceFile } from "../system/replaceFile.ts";
import type { LinkAddress } from "./addresses.ts";
import type { Link } from "./links.ts";

const FIRST_WITH_MARKS = { major: 5, minor: 18 };
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Whether a kernel keeps the mark. @param release as uname(2) has it, `6.1.0-18-amd64` */
export function keepsMarks(release: string): boolean {
  const [major = 0, minor = 0] = release.split(".", 2).map(Number.parseFloat);
  return major > FIRST_WITH_MARKS.major || (major === FIRST_WITH_MARKS.major && minor >= FIRST_WITH_MARKS.minor);
}

/** Where the record is kept. */
export interface RecordFile {
  /** What was written last; undefined when nothing was. */
  read(): string | undefined;
  write(text: string): void;
}

interface Entry {
  readonly linkIndex: number;
  readonly address: string;
  readonly prefixLength: number;
  /** Absent: forever. */
  readonly lifetimeSeconds?: number;
}

interface AddressRecord {
  readonly boot: string;
  readonly addresses: readonly Entry[];
}

export class AddressMarks {
  readonly #file: RecordFile;
  readonly #boot: string;
  #entries: Map<string, Entry>;

  constructor(file: RecordFile, boot = bootId()) {
    this.#file = file;
    this.#boot = boot;
    this.#entries = new Map(entriesOf(file.read(), boot).map((entry) => [placeOf(entry.linkIndex, entry), entry]));
  }

  /** The links with the mark on the agent's addresses. An address that has gone is nobody's from then on. */
  mark(links: readonly Link[]): Link[] {
    const seen = new Map<string, Entry>();
    const marked = links.map((link) => ({
      ...link,
      addresses: link.addresses.map((there) => {
        const place = placeOf(link.index, there);
        const entry = this.#entries.get(place);
        if (entry === undefined || !mayBeOf(entry, there)) return there;
        seen.set(place, entry);
        return { ...there, origin: PROTOCOL_NUMBER };
      }),
    }));
    this.#entries = seen;
    return marked;
  }

  /** Writes down what is about to be set or renewed. */
  note(linkIndex: number, address: LinkAddress): void {
    const { address: text, prefixLength, lifetimeSeconds } = address;
    const place = placeOf(linkIndex, address);
    const known = this.#entries.get(place);
    if (known !== undefined && known.lifetimeSeconds === lifetimeSeconds) return;
    const lifetime = lifetimeSeconds === undefined ? {} : { lifetimeSeconds };
    this.#entries.set(place, { linkIndex, address: text, prefixLength, ...lifetime });
    this.#keep();
  }

  /** Takes back what could not be set: what is there, if anything, is somebody else's. */
  forget(linkIndex: number, address: LinkAddress): void {
    if (this.#entries.delete(placeOf(linkIndex, address))) this.#keep();
  }

  #keep(): void {
    const record: AddressRecord = { boot: this.#boot, addresses: [...this.#entries.values()] };
    this.#file.write(JSON.stringify(record));
  }
}

/** A file that is replaced in one step. Where it cannot be written, a later life takes the addresses for somebody else's. */
export function recordFile(path: string): RecordFile {
  return {
    read: () => quietly(() => readFileSync(path, "utf8")),
    write: (text) => {
      quietly(() => {
        replaceFile(path, text, "process");
      });
    },
  };
}

/** Tells this boot from others. A service may be kept from reading it; its record is then in /run, which ends with a boot. */
function bootId(): string {
  return quietly(() => readFileSync(BOOT_ID, "utf8"))?.trim() ?? "this one";
}

function mayBeOf({ lifetimeSeconds }: Entry, there: LinkAddress): boolean {
  if (lifetimeSeconds === undefined) return there.lifetimeSeconds === undefined;
  return there.lifetimeSeconds !== undefined && there.lifetimeSeconds <= lifetimeSeconds;
}

function placeOf(linkIndex: number, { address, prefixLength }: Pick<LinkAddress, "address" | "prefixLength">): string {
  return `${address}/${prefixLength} on ${linkIndex}`;
}

function entriesOf(text: string | undefined, boot: string): readonly Entry[] {
  if (text === undefined) return [];
  const record = quietly((): unknown => JSON.parse(text));
  return isRecord(record) && record.boot === boot ? record.addresses : [];
}

function isRecord(value: unknown): value is AddressRecord {
  if (typeof value !== "object" || value === null || !("boot" in value) || !("addresses" in value)) return false;
  return Array.isArray(value.addresses) && value.addresses.every(isEntry);
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { linkIndex, address, prefixLength, lifetimeSeconds } = value as Readonly<Record<string, unknown>>;
  const isPlace = Number.isInteger(linkIndex) && typeof address === "string" && Number.isInteger(prefixLength);
  return isPlace && (lifetimeSeconds === undefined || Number.isInteger(lifetimeSeconds));
}

function quietly<Value>(attempt: () => Value): Value | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
