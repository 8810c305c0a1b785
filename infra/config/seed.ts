/** What secrets are derived from must itself be beyond guessing: which texts are accepted as such a seed, and which are not. */
import { lookAtPrivateKey } from "./sshKeys.ts";

const LEAST_OCTETS = 32;
/** Of 32 random octets about 30 differ, and so do their distances; fewer than this many come by no chance. */
const LEAST_DIFFERENT = 16;

/** The command that makes a seed and puts it in its place. */
export function makeSeed(path: string): string {
  return `openssl rand -base64 32 | npm run pulumi -- config set --secret --path ${path}`;
}

/**
 * Why a text cannot be a seed; undefined when it can. A seed is 32 random octets or more in base64 (RFC 4648 section 4)
 * or hexadecimal. The whole text of an SSH private key is one too: stacks have begun with it, and their nodes keep the
 * keys that were derived from it.
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
  if (/^(?:[0-9a-fA-F]{2})+$/.test(seed)) return Buffer.from(seed, "hex");
  const octets = Buffer.from(seed, "base64");
  // A phrase in one case is base64 by its letters, and nothing that a generator prints.
  return octets.toString("base64") === seed && /[a-z]/.test(seed) && /[A-Z]/.test(seed) ? octets : undefined;
}

function isRandom(octets: Buffer): boolean {
  const distances = octets.subarray(1).map((octet, index) => octet - (octets[index] ?? 0));
  return new Set(octets).size >= LEAST_DIFFERENT && new Set(distances).size >= LEAST_DIFFERENT;
}
