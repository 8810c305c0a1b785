/** The text of a document from the octets of its file: UTF-8, all of it, and no more than fits a configuration. */

/** Sixty times what a large node has. */
export const MAX_DOCUMENT_BYTES = 4 * 1_024 * 1_024;

/** The text, or why there is none. */
export type DocumentText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

const AGAIN = "save it as UTF-8 without a byte order mark";

/** Reads the octets. Never throws. */
export function documentText(bytes: Uint8Array): DocumentText {
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    return { ok: false, problem: `it has ${bytes.length} octets, and a configuration ${MAX_DOCUMENT_BYTES} at most` };
  }
  const problem = wrongEncoding(bytes);
  if (problem !== undefined) return { ok: false, problem };
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const offset = firstWrongOctet(bytes, text);
  if (offset === undefined) return { ok: true, text };
  return { ok: false, problem: `it is not UTF-8: the octet at offset ${offset} cannot be there: ${AGAIN}` };
}

/** Marks by which editors on other systems are known (RFC 3629 6; Unicode 23.8). */
function wrongEncoding([first, second, third]: Uint8Array): string | undefined {
  const isMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const isHalf = (first === 0 && second !== 0) || (first !== 0 && second === 0);
  if (isMark || isHalf) return `it is UTF-16: ${AGAIN}`;
  if (first === 0xef && second === 0xbb && third === 0xbf) return `it begins with a byte order mark: ${AGAIN}`;
  return undefined;
}

const REPLACEMENT = "\ufffd";
const REPLACEMENT_BYTES = new TextEncoder().encode(REPLACEMENT);

/** The offset at which the decoder had to put U+FFFD; one that is written as such is as good as any character. */
function firstWrongOctet(bytes: Uint8Array, text: string): number | undefined {
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf(REPLACEMENT); at !== -1; at = text.indexOf(REPLACEMENT, from)) {
    offset += new TextEncoder().encode(text.slice(from, at)).length;
    if (REPLACEMENT_BYTES.some((octet, index) => bytes[offset + index] !== octet)) return offset;
    offset += REPLACEMENT_BYTES.length;
    from = at + 1;
  }
  return undefined;
}
