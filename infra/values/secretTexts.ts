/** Texts that were encrypted in the stack's file: they are recognised wherever they went, and shown nowhere. */
import ipaddr from "ipaddr.js";

/** What stands in a message where a secret was. */
const REDACTED = "[secret]";
/** Shorter texts are part of so many words that hiding them would hide everything; they are hidden where they stand alone. */
const SHORTEST_WITHIN = 4;
/** A sentence is only rid of longer ones where it is not known what is secret: "the agents move" has the word of `move: agent`. */
const SHORTEST_POSSIBLE = 8;
/** A message may have cut a long value off, and says so with one of these. */
const ELLIPSES = ["...", "…"] as const;

/** The secret texts of one stack. */
export class SecretTexts {
  readonly #certain: readonly string[];
  readonly #all: readonly string[];
  readonly #inSentences: readonly string[];
  /** Texts that were looked at: a stack's documents say the same for every node. */
  readonly #looked = new Map<string, boolean>();

  /**
   * @param certain texts that are encrypted
   * @param possible texts of a section in which something is encrypted, and nobody can say what
   */
  constructor(certain: Iterable<string> = [], possible: Iterable<string> = []) {
    this.#certain = longestFirst(certain);
    this.#all = longestFirst([...this.#certain, ...possible]);
    this.#inSentences = this.#all.filter((text) => this.#certain.includes(text) || isTelling(text));
  }

  /** Whether a text is or holds one that is, or may be, secret. */
  isIn(text: string): boolean {
    const known = this.#looked.get(text) ?? holdsOne(text, this.#all);
    this.#looked.set(text, known);
    return known;
  }

  /** Whether a text is or holds one that is secret beyond doubt. */
  isCertainlyIn(text: string): boolean {
    return holdsOne(text, this.#certain);
  }

  /** A sentence without them, as they are or as JSON writes them, whole or cut off at an ellipsis. */
  redact(sentence: string): string {
    return this.#inSentences.reduce(without, sentence);
  }

  /** The same of a value that is quoted by itself. */
  redactValue(value: string): string {
    return this.#all.reduce(without, value);
  }
}

/** A stack without any. */
export const NO_SECRET_TEXTS = new SecretTexts();

/** The longest first: one that holds another must not be cut in two. Blanks around a text are not part of it. */
function longestFirst(texts: Iterable<string>): readonly string[] {
  const distinct = new Set(Array.from(texts, (text) => text.trim()));
  distinct.delete("");
  return [...distinct].sort((one, other) => other.length - one.length);
}

function holdsOne(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => (secret.length < SHORTEST_WITHIN ? text.trim() === secret : text.includes(secret)));
}

/** Whether a text of a section that may be secret is more than a word of this configuration or an address. */
function isTelling(text: string): boolean {
  return text.length >= SHORTEST_POSSIBLE && !ipaddr.isValid(text) && !ipaddr.isValidCIDR(text);
}

function without(message: string, secret: string): string {
  if (secret.length < SHORTEST_WITHIN) return message.replaceAll(JSON.stringify(secret), REDACTED);
  if (secret.length < SHORTEST_POSSIBLE) return withoutWord(message, secret);
  return [secret, JSON.stringify(secret).slice(1, -1)].reduce(withoutOne, message);
}

/** A short one may be a part of an innocent word: `time` of `timeout`. */
function withoutWord(message: string, secret: string): string {
  const pieces = message.split(secret);
  return pieces.reduce((text, piece) => {
    const isWithin = /[\p{L}\p{N}]$/u.test(text) || /^[\p{L}\p{N}]/u.test(piece);
    return `${text}${isWithin ? secret : REDACTED}${piece}`;
  });
}

function withoutOne(message: string, secret: string): string {
  return ELLIPSES.reduce(
    (text, ellipsis) => {
      const pieces = text.split(ellipsis);
      return pieces
        .map((piece, at) => (at < pieces.length - 1 ? withoutBeginning(piece, secret) : piece))
        .join(ellipsis);
    },
    message.replaceAll(secret, REDACTED),
  );
}

/** A text whose end is the beginning of a secret, without that. */
function withoutBeginning(text: string, secret: string): string {
  for (let length = Math.min(secret.length, text.length); length >= SHORTEST_WITHIN; length--) {
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}${REDACTED}`;
  }
  return text;
}
