/** What secrets are derived from must itself be beyond guessing: which texts are accepted as such a seed, and which are not. */
import { lookAtPrivateKey } from "./sshKeys.ts";

const LEAST_OCTETS = 32;
/** Of 32 random octets about 30 differ, and so do their distances; fewer than this many come by no chance. */
const LEAST_DIFFERENT = 16;
const LEAST_LINE = 16;
/** Of a random text's digits, as a share. */
const MOST_SMALL = 0.6;

/** The command that makes a seed and puts it in its place. */
export function makeSeed(path: string): string {
  return `openssl rand -base64 32 | npm run pulumi -- config set --secret --path ${path}`;
}

/**
 * Why a text cannot be a seed; undefined when it can. A seed is 32 random octets or more in hexadecimal or base64, of
 * either alphabet (RFC 4648 sections 4 and 5), padded or not, in one line or several. The whole text of an SSH private
 * key is one too: stacks have begun with it, and their nodes keep the keys that were derived from it.
 */
export function seedFault(text: string): string | undefined {
  const seed = text.trim();
  if (seed === "") return "is blank";
  if (lookAtPrivateKey(seed).kind === "usable") return undefined;
  const octets = octetsOf(seed);
  if (octets === undefined) return "is neither base64 nor hexadecimal";
  if (octets.length < LEAST_OCTETS) return `has ${octets.length} octets, and a seed has ${LEAST_OCTETS} or more`;
  return isRandom(octets) ? undefined : "is a pattern and not random";
}

function octetsOf(seed: string): Buffer | undefined {
  const pieces = seed.split(/\s+/);
  const digits = pieces.join("");
  if (/^(?:[0-9a-fA-F]{2})+$/.test(digits)) return Buffer.from(digits, "hex");
  const base64url = digits
    .replace(/={1,2}$/, "")
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  const octets = Buffer.from(base64url, "base64url");
  return octets.toString("base64url") === base64url && !isPhrase(pieces) ? octets : undefined;
}

/** Whether a text in the alphabet of base64 is words, and nothing that a generator prints. */
function isPhrase(pieces: readonly string[]): boolean {
  const text = pieces.join("");
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text)) return true;
  // Generators break lines at 64 or 76; words are shorter.
  if (pieces.slice(0, -1).some((piece) => piece.length < LEAST_LINE)) return true;
  // Of 43 random digits 17 are small letters, and 13 times a capital or figure follows another: one text in 200,000 has
  // both as words have them.
  return text.replace(/[^a-z]/g, "").length >= MOST_SMALL * text.length && !/[A-Z0-9]{2}/.test(text);
}

function isRandom(octets: Buffer): boolean {
  const distances = octets.subarray(1).map((octet, index) => octet - (octets[index] ?? 0));
  return new Set(octets).size >= LEAST_DIFFERENT && new Set(distances).size >= LEAST_DIFFERENT;
}
