/** Commands written as one line of text: split into program and arguments as a shell would, and never given to one. */

/** The words of a command line, or why there are none. */
export type CommandWords =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** Words between blanks; single or double quotes keep a word together, a backslash takes the next character as it is. */
const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/y;
const SPACE = /\s*/y;
/** What keeps its content from being read as anything else. */
const QUOTED = /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g;
/** What would do something in a shell, and is only an argument here. */
const SHELL = /[<>|&;`]|\$[({A-Za-z]/;

export function splitCommand(line: string): CommandWords {
  const words: string[] = [];
  let position = skip(SPACE, line, 0);
  while (position < line.length) {
    const end = skip(WORD, line, position);
    if (end === position) return { ok: false, problem: "a quote is not closed: close it" };
    const written = line.slice(position, end);
    if (SHELL.test(written.replace(QUOTED, ""))) {
      const problem = `no shell reads "${written}": leave it out, quote it, or write a command such as sh -c "..."`;
      return { ok: false, problem };
    }
    words.push(unquoted(written));
    position = skip(SPACE, line, end);
  }
  if (words.length === 0) return { ok: false, problem: "there is no command: write a program with its arguments" };
  return { ok: true, words };
}

function unquoted(written: string): string {
  return written.replace(
    QUOTED,
    (_, escaped: string | undefined, double: string | undefined, single: string | undefined) =>
      escaped ?? double?.replace(/\\(.)/g, "$1") ?? single ?? "",
  );
}

function skip(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position;
  return position + (pattern.exec(text)?.[0].length ?? 0);
}
