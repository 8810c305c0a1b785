/** Tables of text for a terminal. */

import { printable } from "../../config/printable.ts";

/** Colours by ANSI escapes (ECMA-48 8.3.117). */
const COLOURS = { bold: 1, red: 31, green: 32, yellow: 33, dim: 2 } as const;
export type Colour = keyof typeof COLOURS;

/** Text with a colour; without one it is plain. */
export interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

/** Writes text with its colour, or without any where the terminal has none. */
export type Paint = (cell: Cell) => string;

export const plain: Paint = ({ text }) => printable(text);

export const coloured: Paint = ({ text, colour }) => {
  const shown = printable(text);
  return colour === undefined ? shown : `\u001b[${COLOURS[colour]}m${shown}\u001b[0m`;
};

/** Lines whose columns are aligned, two spaces apart; the first row is the headings. */
export function tableLines(headings: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const written = [headings.map((text): Cell => ({ text, colour: "dim" })), ...rows];
  const all = written.map((row) => row.map((cell) => ({ ...cell, text: printable(cell.text) })));
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.text.length ?? 0)));
  return all.map((row) => {
    const last = row.findLastIndex(({ text }) => text !== "");
    return row
      .slice(0, last + 1)
      .map((cell, column) => {
        const padding = column === last ? "" : " ".repeat((widths[column] ?? 0) - cell.text.length);
        return paint(cell) + padding;
      })
      .join("  ");
  });
}
