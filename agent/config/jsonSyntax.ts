/** Finds where a text stops being JSON, which JSON.parse of Node 20 does not always tell. */

/** The place of the first fault; lines and columns count from 1. */
export interface JsonSyntaxError {
  readonly line: number;
  readonly column: number;
  /** What could have stood there. */
  readonly expected: string;
}

/** What may come next. */
type Place = "value" | "firstElement" | "name" | "firstName" | "colon" | "commaOrEnd" | "nothing";

const EXPECTED: Readonly<Record<Place, string>> = {
  value: "a value",
  firstElement: 'a value or "]"',
  name: "a name in double quotes",
  firstName: 'a name in double quotes or "}"',
  colon: '":"',
  commaOrEnd: '"," or the closing bracket',
  nothing: "the end of the text",
};

const SPACE = /[\t\n\r ]*/y;
const PLAIN_TOKEN = /[{}[\],:]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** Of a string all up to its next escape, end or fault. A class alone takes no room on the stack, however much it matches. */
const UNESCAPED = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The token at a position (RFC 8259 6 and 7); undefined where there is none. */
export function tokenAt(text: string, position: number): string | undefined {
  if (text[position] !== '"') return matchAt(PLAIN_TOKEN, text, position);
  let end = position + 1;
  for (;;) {
    end += matchAt(UNESCAPED, text, end)?.length ?? 0;
    if (text[end] === '"') return text.slice(position, end + 1);
    const escaped = matchAt(ESCAPE, text, end);
    if (escaped === undefined) return undefined;
    end += escaped.length;
  }
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

/** @returns undefined when the text is JSON (RFC 8259). */
export function findJsonSyntaxError(text: string): JsonSyntaxError | undefined {
  const open: string[] = [];
  let place: Place = "value";
  let position = skipSpace(text, 0);
  while (position < text.length) {
    const token = tokenAt(text, position);
    if (token === undefined && text[position] === '"') {
      return at(text, position, "a string that ends in its line, with no control character and only known escapes");
    }
    const next: Place | undefined = token === undefined ? undefined : after(place, token, open);
    if (token === undefined || next === undefined) return at(text, position, EXPECTED[place]);
    place = next;
    position = skipSpace(text, position + token.length);
  }
  return place === "nothing" ? undefined : at(text, position, EXPECTED[place]);
}

/** The place after a token, or undefined when the token cannot be there; `open` is the stack of open brackets. */
function after(place: Place, token: string, open: string[]): Place | undefined {
  switch (place) {
    case "firstElement":
    case "value":
      if (token === "{" || token === "[") {
        open.push(token);
        return token === "{" ? "firstName" : "firstElement";
      }
      if (token === "]") return place === "firstElement" ? close(open) : undefined;
      return /^[},:]$/.test(token) ? undefined : afterValue(open);
    case "firstName":
    case "name":
      if (token === "}") return place === "firstName" ? close(open) : undefined;
      return token.startsWith('"') ? "colon" : undefined;
    case "colon":
      return token === ":" ? "value" : undefined;
    case "commaOrEnd": {
      const inObject = open.at(-1) === "{";
      if (token === ",") return inObject ? "name" : "value";
      return token === (inObject ? "}" : "]") ? close(open) : undefined;
    }
    case "nothing":
      return undefined;
  }
}

function close(open: string[]): Place {
  open.pop();
  return afterValue(open);
}

function afterValue(open: readonly string[]): Place {
  return open.length === 0 ? "nothing" : "commaOrEnd";
}

/** The position of what follows the blanks. */
export function skipSpace(text: string, position: number): number {
  return position + (matchAt(SPACE, text, position)?.length ?? 0);
}

function at(text: string, position: number, expected: string): JsonSyntaxError {
  return { ...placeInText(text, position), expected };
}

/** Where a position is, for an editor. */
export function placeInText(text: string, position: number): Pick<JsonSyntaxError, "line" | "column"> {
  const lines = text.slice(0, position).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}
