/**
 * A tar archive (POSIX ustar) that depends on names, modes and contents alone: files in the order of their names, owned by
 * root, all of one time. The same release is the same archive on every machine. Pure.
 */
import { UserError } from "../userError.ts";

export interface TarFile {
  readonly name: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

const BLOCK = 512;
const NAME_OCTETS = 100;
/** Two empty blocks end an archive. */
const END = new Uint8Array(2 * BLOCK);

/** @param folder the one folder that everything is in. */
export function tarOf(folder: string, files: readonly TarFile[], timeSeconds: number): Uint8Array {
  const sorted = files.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const directory = headerOf({ name: `${folder}/`, mode: 0o755, octets: 0, kind: "5" }, timeSeconds);
  const entries = sorted.flatMap(({ name, mode, content }) => [
    headerOf({ name: `${folder}/${name}`, mode, octets: content.length, kind: "0" }, timeSeconds),
    content,
    new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([directory, ...entries, END]);
}

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly octets: number;
  /** `0`: a file. `5`: a folder. */
  readonly kind: "0" | "5";
}

function headerOf({ name, mode, octets, kind }: Entry, timeSeconds: number): Uint8Array {
  if (Buffer.byteLength(name) > NAME_OCTETS) {
    throw new UserError(`${name} has more than ${NAME_OCTETS} octets, which a tar header cannot hold`, "shorten it");
  }
  const header = Buffer.alloc(BLOCK);
  const put = (text: string, at: number): void => {
    header.write(text, at, "utf8");
  };
  put(name, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(octets, 11), 124);
  put(octal(timeSeconds, 11), 136);
  // The checksum counts itself as blanks.
  put(" ".repeat(8), 148);
  put(kind, 156);
  put("ustar\u000000", 257);
  put("root", 265);
  put("root", 297);
  const sum = header.reduce((total, octet) => total + octet, 0);
  put(`${octal(sum, 6)}\u0000 `, 148);
  return header;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
