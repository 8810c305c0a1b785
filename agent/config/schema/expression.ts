/**
 * Conditions as ifstated writes them, parsed: `link.ens3.up && !'ping -c 1 192.0.2.1' every 10s`.
 *
 *     condition := all | any | term
 *     all       := term && term && ...        any := term || term || ...
 *     term      := ! term | ( condition ) | test | NAME
 *     test      := link.INTERFACE.up | .down | .unknown
 *                | role.VIRTUAL_ROUTER.master | .backup | .init
 *                | check.NAME.good | .failed
 *                | 'COMMAND' every DURATION | 'COMMAND' every DURATION timeout DURATION
 *
 * ifstated gives && and || equal precedence, C does not: here a mix of both needs its parentheses. NAME is another
 * condition of the document. A name with blanks or signs in it stands in quotes: role."my web".master.
 */

import { splitCommand } from "../fields/commandWords.ts";
import { isInterfaceName } from "../fields/fields.ts";
import { defaultTimeoutMicros, every, timeout } from "./check.ts";

/** What a condition asks about one thing. */
export type Test =
  | { readonly kind: "link"; readonly name: string; readonly is: "up" | "down" | "unknown" }
  | { readonly kind: "role"; readonly name: string; readonly is: "master" | "backup" | "init" }
  | { readonly kind: "check"; readonly name: string; readonly is: "good" | "failed" }
  | CommandTest;

/** True when the program ends with 0. Times in microseconds. */
export interface CommandTest {
  readonly kind: "command";
  readonly command: readonly string[];
  readonly every: number;
  readonly timeout: number;
}

export type Expression =
  | { readonly kind: "all" | "any"; readonly of: readonly Expression[] }
  | { readonly kind: "not"; readonly of: Expression }
  /** Another condition of the document, by name. */
  | { readonly kind: "condition"; readonly name: string }
  | Test;

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly problem: string };

/** Deeper than anybody reads, and far from the end of the stack. */
const MAX_DEPTH = 32;
const TOKEN = /\s*(&&|\|\||[!()]|'(?:[^'\\]|\\.)*'|(?:[^\s!()&|'"]|"[^"]*")+)/y;

const VALUES = {
  link: ["up", "down", "unknown"],
  role: ["master", "backup", "init"],
  check: ["good", "failed"],
} as const;

/** Parses a condition. Never throws. */
export function parseExpression(text: string): ParsedExpression {
  try {
    const parser = new Parser(tokensOf(text));
    return { ok: true, expression: parser.whole() };
  } catch (error) {
    if (error instanceof Misread) return { ok: false, problem: error.message };
    throw error;
  }
}

/** Carries a problem out of the recursion; never leaves this file. */
class Misread extends Error {}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  let position = 0;
  while (position < end) {
    TOKEN.lastIndex = position;
    const token = TOKEN.exec(text);
    if (token?.[1] === undefined) {
      throw new Misread(`cannot be read from "${text.slice(position).trim()}" on: write tests joined by && or ||`);
    }
    tokens.push(token[1]);
    position += token[0].length;
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly string[];
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#condition();
    const rest = this.#take();
    if (rest === undefined) return expression;
    throw new Misread(`has "${rest}" where it should end or go on with && or ||`);
  }

  #condition(): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new Misread(`is nested more than ${MAX_DEPTH} deep: name its parts in conditions`);
    const first = this.#term();
    const operator = this.#peek();
    if (operator !== "&&" && operator !== "||") return this.#leave(first);
    const of = [first];
    while (this.#peek() === operator) {
      this.#take();
      of.push(this.#term());
    }
    const other = operator === "&&" ? "||" : "&&";
    if (this.#peek() === other) {
      throw new Misread("mixes && and ||: write parentheses around what belongs together");
    }
    return this.#leave({ kind: operator === "&&" ? "all" : "any", of });
  }

  #leave(expression: Expression): Expression {
    this.#depth -= 1;
    return expression;
  }

  #term(): Expression {
    let negations = 0;
    while (this.#peek() === "!") {
      this.#take();
      negations += 1;
    }
    const positive = this.#positive();
    return negations % 2 === 0 ? positive : { kind: "not", of: positive };
  }

  #positive(): Expression {
    const token = this.#take();
    if (token === undefined || token === "&&" || token === "||" || token === ")") {
      const found = token === undefined ? "ends" : `has "${token}"`;
      throw new Misread(`${found} where a test should be: write one such as link.ens3.up`);
    }
    if (token === "(") {
      const inner = this.#condition();
      if (this.#take() !== ")") throw new Misread('has a "(" that is not closed: close it');
      return inner;
    }
    return token.startsWith("'") ? this.#command(token.slice(1, -1)) : testOrName(token);
  }

  #command(line: string): CommandTest {
    const split = splitCommand(line.replace(/\\'/g, "'"));
    if (!split.ok) throw new Misread(`has a command '${line}' that cannot run: ${split.problem}`);
    if (this.#take() !== "every") throw new Misread(`does not say how often '${line}' runs: write every 10s behind it`);
    const everyMicros = duration(every, this.#take());
    if (this.#peek() !== "timeout") {
      return { kind: "command", command: split.words, every: everyMicros, timeout: defaultTimeoutMicros(everyMicros) };
    }
    this.#take();
    const timeoutMicros = duration(timeout, this.#take());
    if (timeoutMicros >= everyMicros) {
      throw new Misread(`lets '${line}' run until it runs again: write a timeout below its interval`);
    }
    return { kind: "command", command: split.words, every: everyMicros, timeout: timeoutMicros };
  }

  #peek(): string | undefined {
    return this.#tokens[this.#position];
  }

  #take(): string | undefined {
    return this.#tokens[this.#position++];
  }
}

function duration(schema: typeof every, text: string | undefined): number {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Misread(`says ${parsed.error.issues.map(({ message }) => message).join("; ")}`);
}

/** `link.ens3.100.up`: the first word is what it is about, the last its value, and the name may have dots of its own. */
function testOrName(token: string): Expression {
  const parts = /^(link|role|check)\.(.+)\.([^.]+)$/.exec(token.replaceAll('"', ""));
  if (parts === null) {
    if (/^[A-Za-z_][\w-]*$/.test(token)) return { kind: "condition", name: token };
    throw new Misread(
      `has "${token}", which is no test: write one such as link.ens3.up, role.web.master or check.uplink.good`,
    );
  }
  const [, kind, name = "", is = ""] = parts;
  const link = VALUES.link.find((value) => value === is);
  if (kind === "link" && link !== undefined) {
    if (isInterfaceName(name)) return { kind, name, is: link };
    throw new Misread(`has "${token}", and no interface can be called "${name}": write one such as link.ens3.up`);
  }
  const role = VALUES.role.find((value) => value === is);
  if (kind === "role" && role !== undefined) return { kind, name, is: role };
  const verdict = VALUES.check.find((value) => value === is);
  if (kind === "check" && verdict !== undefined) return { kind, name, is: verdict };
  const values = VALUES[kind === "role" || kind === "check" ? kind : "link"];
  throw new Misread(`has "${token}", and a ${kind ?? ""} is never "${is}": write ${values.join(" or ")}`);
}
