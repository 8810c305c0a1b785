/** What JSON allows and a document does not: a name twice, depth and size without an end, names that get lost. */
import { placeInText, skipSpace, tokenAt } from "./jsonSyntax.ts";

/** Every level of a document is one that somebody wrote; states nest deepest. */
const MAX_DEPTH = 64;
/** A node of 255 virtual routers with 254 peers each has less. */
const MAX_VALUES = 100_000;

/** The first fault; lines and columns count from 1. */
export interface JsonShapeFault {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

/** @param text JSON by RFC 8259. @returns undefined when it can be read as a document. */
export function findJsonShapeFault(text: string): JsonShapeFault | undefined {
  /** Of the open objects the names so far; of a list undefined. */
  const open: (Set<string> | undefined)[] = [];
  let values = 0;
  let isName = false;
  let position = skipSpace(text, 0);
  const fault = (problem: string): JsonShapeFault => ({ ...placeInText(text, position), problem });
  for (let token = tokenAt(text, position); token !== undefined; token = tokenAt(text, position)) {
    const names = open.at(-1);
    if (isName && token.startsWith('"')) {
      const problem = wrongName(token, names);
      if (problem !== undefined) return fault(problem);
    } else if (!/^[\]},:]$/.test(token)) {
      values += 1;
      if (values > MAX_VALUES) return fault(`has more than ${MAX_VALUES} values: no node needs so many`);
    }
    if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
    if (open.length > MAX_DEPTH) return fault(`is nested more than ${MAX_DEPTH} deep: write it flatter`);
    if (token === "}" || token === "]") open.pop();
    isName = token === "{" || (token === "," && open.at(-1) !== undefined);
    position = skipSpace(text, position + token.length);
  }
  return undefined;
}

/** Takes the name into the names of its object, unless something is wrong with it. */
function wrongName(token: string, names: Set<string> | undefined): string | undefined {
  const name: unknown = JSON.parse(token);
  if (typeof name !== "string" || names === undefined) return undefined;
  // JavaScript's objects lose it when they are copied.
  if (name === "__proto__") return `${token} cannot be a name here: choose another`;
  if (names.has(name)) return `${token} is there already in the same object: keep one of the two`;
  names.add(name);
  return undefined;
}
