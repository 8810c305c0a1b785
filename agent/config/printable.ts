/** Text for a terminal: names come from configurations, peers and clouds, and must not steer it. */

/**
 * Control characters (C0 but tab and line feed, DEL, C1) and what turns the direction of a line (Unicode's bidirectional
 * controls, as in CVE-2021-42574).
 */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** The colours of our own tables (ECMA-48 8.3.117). */
const COLOUR = /(\u001b\[\d{1,2}m)/;

/** The text with such characters written out, as JSON does it: `\u001b`. */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same for text that we have coloured; what is in its cells was made printable before. */
export function printableColoured(text: string): string {
  const parts = text.split(COLOUR);
  return parts.map((part, index) => (index % 2 === 1 ? part : printable(part))).join("");
}
